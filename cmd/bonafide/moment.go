package main

import (
	"fmt"
	"net/url"
	"time"
)

// moment is a point in time on the command line; the zero moment is now.
type moment struct{ time.Time }

// shown is how timelines print.
const shown = "2006-01-02 15:04:05.000"

// layouts are how a moment may be written; without a zone it is UTC, as everything that is printed.
var layouts = []string{shown, time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", time.DateOnly}

// UnmarshalText reads a moment.
func (m *moment) UnmarshalText(b []byte) error {
	for _, l := range layouts {
		if t, err := time.Parse(l, string(b)); err == nil {
			m.Time = t.UTC()
			if l == shown {
				m.Time = m.Add(time.Millisecond - 1) // what is printed is cut, and what is printed is meant
			}
			return nil
		}
	}
	return fmt.Errorf("%q is no time; write 2026-11-25T10:20:30Z", b)
}

// query is the moment as a query of the API, or "" for now.
func (m moment) query() string {
	if m.IsZero() {
		return ""
	}
	return "?asOf=" + url.QueryEscape(m.Format(time.RFC3339Nano))
}

// before says that t is in the moment's future; nothing is in that of now.
func (m moment) before(t time.Time) bool { return !m.IsZero() && t.After(m.Time) }
