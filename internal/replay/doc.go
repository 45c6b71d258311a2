// Package replay computes again what was decided, from what was recorded: the inputs of the shards and the digests of their
// logs. It needs no key, calls no vendor and publishes nothing.
//
// A recording is read from a broker, or from a file that was written on another machine.
package replay
