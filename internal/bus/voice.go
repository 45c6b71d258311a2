package bus

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

// voice says what a broker inside this process warns of. What it only notices is left to it, but for the streams that it has opened.
type voice struct {
	log    *slog.Logger
	opened func(stream string)
}

var _ server.Logger = voice{}

func (v voice) say(level slog.Level, format string, args []any) {
	v.log.Log(context.Background(), level, "broker", "said", fmt.Sprintf(format, args...))
}

// Warnf is what heals, or is odd.
func (v voice) Warnf(format string, args ...any) { v.say(slog.LevelWarn, format, args) }

// Errorf is what does not.
func (v voice) Errorf(format string, args ...any) { v.say(slog.LevelError, format, args) }

// Fatalf is what the broker ends over.
func (v voice) Fatalf(format string, args ...any) { v.say(slog.LevelError, format, args) }

// Noticef says nothing. A stream that is open is noticed with how much is in it, whose it is, and its name.
func (v voice) Noticef(format string, args ...any) {
	if len(args) > 2 && strings.HasPrefix(format, "  Restored ") {
		if stream, ok := args[2].(string); ok {
			v.opened(stream)
		}
	}
}

// Debugf says nothing.
func (voice) Debugf(string, ...any) {}

// Tracef says nothing: messages would be in it.
func (voice) Tracef(string, ...any) {}
