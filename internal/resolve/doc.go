// Package resolve is the resolver: it reads a shard's inputs in order, lets package decision decide, and appends what
// comes of it to the shard's log under a fence.
//
// The log is the checkpoint. Nothing is acknowledged: after a crash the owner claims the log, reads its tail, replays
// inputs and appends only what lies past the tail. Two resolvers for one shard are safe at any time; the lease only
// says who should try. Who has not the lease keeps the same state by reading along, so that a takeover is a claim and
// a few records.
package resolve
