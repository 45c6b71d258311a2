// Package e2e has no code, only tests: Bonafide as it runs in a cluster, every service a process of its own, and the broker
// too, so that they can be killed, stopped and started again while requests come in. See docs/testing.md.
package e2e
