// Which address is which page.
import type { Database } from '../store/database.js'
import type { Titles } from './finding-list.js'
import type { PageParts } from './layout.js'
import { findingsPage } from './pages/findings.js'
import { repositoriesPage, rulesPage, teamsPage } from './pages/groups.js'
import { layersPage } from './pages/layers.js'
import { overviewPage } from './pages/overview.js'
import { secretPage } from './pages/secret.js'
import { sweepsPage } from './pages/sweeps.js'
import type { Query } from './query.js'

export interface PageContext {
  readonly database: Database
  readonly titles: Titles
  readonly query: Query
}

export const PAGES: ReadonlyMap<string, (context: PageContext) => Promise<PageParts>> = new Map([
  ['/', overviewPage],
  ['/findings', findingsPage],
  ['/layers', layersPage],
  ['/teams', teamsPage],
  ['/repositories', repositoriesPage],
  ['/rules', rulesPage],
  ['/secret', secretPage],
  ['/sweeps', sweepsPage],
])
