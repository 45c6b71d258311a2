package bustest

import "go.uber.org/goleak"

// IgnoreBroker lets goleak overlook what the broker itself leaves behind for a while after an orderly shutdown.
func IgnoreBroker() goleak.Option {
	return goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*stream).trySetupSourceConsumer.func3")
}
