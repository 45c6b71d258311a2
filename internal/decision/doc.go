// Package decision is the resolver's pure core: which calls to make, what to ask of the subject, what to decide, and
// when to look again. It knows no clock, no randomness and no I/O, and imports nothing of this module.
package decision
