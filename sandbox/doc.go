// Package sandbox is the kit that the vendor sandboxes stand on: local servers
// that speak a vendor's HTTP contract, so that an integration can be tried,
// broken and tested without an account, without money and without a network.
//
// A vendor's folder (sandbox/bive, …) brings the contract; this package brings
// what all of them need:
//
//   - [Story]: what happens to a person, chosen by the e-mail's plus tag.
//   - [Clock]: vendor time. A retry after 18 hours is a second when Speed says so,
//     and stands still until Advance in a test.
//   - [Courier]: webhooks, signed and repeated as the vendor does, and doubled,
//     shuffled or lost when the story says so.
//   - [Limiter]: the vendor's request limits.
//   - [Ledger]: what was asked and what would have been billed.
//   - [Faults]: a vendor on a bad day, switched on over HTTP.
//   - [Stage]: one of each, and the handler that joins them; [Server] runs it.
//
// Sandboxes are written from the vendors' documents and import nothing of the
// client side, so that a misreading cannot agree with itself.
package sandbox
