// Package bus is the only place that knows NATS: how events lie on streams, how they are written once and in order, how
// they are read, and what each of the broker's errors means.
//
// What is true of it:
//   - A Put has happened when it returns: the broker has stored the event.
//   - A shard has one writer. Log appends under a fence: after another owner's Claim nothing of the former owner gets in,
//     not even what it had already sent. Leases only make takeovers quick and quiet; nothing relies on them.
//   - Reading inputs, logs and results costs no acknowledgements. The log's tail is the checkpoint.
//   - Every error leaves this package as a fault class.
package bus
