// Package seal keeps personal data unreadable outside the dispatchers.
//
// A box is sealed with AES-256-GCM under a data key of its own; data keys live wrapped in the key store, each under a
// number, and destroying a key erases everything sealed with it. Who seals (ingest) holds only the public half of the
// key-encryption keyset, who unseals (the dispatcher) holds the private half.
package seal
