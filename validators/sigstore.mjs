// Verifies a Sigstore bundle with a public key, by Sigstore's own library. With a trusted root, the bundle's time stamp must be
// of an authority in it. Usage: node sigstore.mjs BUNDLE PUB [TRUSTED-ROOT]
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [bundle, pub, root] = process.argv.slice(2)
const json = (file) => JSON.parse(readFileSync(file, 'utf8'))
const publicKey = createPublicKey(readFileSync(pub))
const trust = toTrustMaterial(TrustedRoot.fromJSON(root ? json(root) : {}), () => ({ publicKey, validFor: () => true }))
new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: root ? 1 : 0 })
  .verify(toSignedEntity(bundleFromJSON(json(bundle))))
console.log('verified')
