// The prefilter's kernel, compiled to WebAssembly at build time (twice: with and without SIMD). It holds no tables of its own:
// prefilter.ts writes them into the memory and says where they are.
export { setUpBeside } from './beside.as'
export { find, hitCount, setUp } from './find.as'
export { findRuns, runCount, setUpRuns } from './runs.as'
