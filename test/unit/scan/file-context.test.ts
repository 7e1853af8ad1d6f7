// Which name rules see of what lies in archives.
import assert from 'node:assert/strict'
import { nameOf } from '../../../src/scan/file-context.js'

const name = (path: string, ...inside: string[]) => nameOf({ kind: 'file', path, inside })

describe('the name that rules go by', () => {
  it('is the member of an archive, wherever the archive lies', () => {
    assert.equal(name('root/backup.tar.gz', 'backup.tar', 'etc/shadow'), 'etc/shadow')
    assert.equal(name('srv/app.jar', 'BOOT-INF/classes/application.yml'), 'BOOT-INF/classes/application.yml')
  })

  it('stands where a compressed file stands', () => {
    assert.equal(name('usr/share/doc/gdb/check.log.gz', 'check.log'), 'usr/share/doc/gdb/check.log')
  })

  it('says that the archive is of a package', () => {
    const module = 'root/go/pkg/mod/acme.test/charts@v1.0.0'
    assert.equal(name(`${module}/shop.tar.gz`, 'shop.tar', 'shop/values.yaml'), `${module}/shop.tar!/shop/values.yaml`)
    assert.equal(name(`${module}/all.zip`, 'a.zip', 'b.env'), `${module}/all.zip!/a.zip!/b.env`)
  })

  it('says nothing of where a program in Java lies, whose settings are its own', () => {
    assert.equal(name('usr/share/shop/shop.jar', 'application.yml'), 'application.yml')
  })
})
