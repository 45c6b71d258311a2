// Package seal keeps personal data unreadable outside the dispatchers.
//
// A box is sealed with AES-256-GCM under a data key; data keys live wrapped in the key store, each under a number, and
// destroying a key erases everything sealed with it. Who seals (ingest) holds only the public half of the
// key-encryption keyset, who unseals (the dispatcher) holds the private half.
//
// Three layers, from the outside in:
//
//	keyset     X25519 key pairs; HPKE (RFC 9180) wraps a batch key
//	batch key  lives in one sealer's memory for a minute or 4096 data keys; wraps data keys with AES-256-GCM
//	data key   one for a verification as it arrives; its boxes and streams say in their additional data whose they are
//
// So one HPKE operation serves thousands of verifications, and every wrapped key can still be read alone.
package seal
