package bus

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats-server/v2/server"
)

// voice says what a broker inside this process warns of. What it only notices is left to it.
type voice struct{ log *slog.Logger }

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

// Noticef says nothing.
func (voice) Noticef(string, ...any) {}

// Debugf says nothing.
func (voice) Debugf(string, ...any) {}

// Tracef says nothing: messages would be in it.
func (voice) Tracef(string, ...any) {}
