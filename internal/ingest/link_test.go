package ingest

import (
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
)

func TestALinkThatHasExpiredIsNotHandedOut(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	link := func(url string, until time.Time) events.Action {
		return events.Action{Type: "open_link", URL: url, ExpiresAt: until}
	}
	for _, tt := range []struct {
		what    string
		actions []events.Action
		want    string
	}{
		{"none", nil, ""},
		{"another action", []events.Action{{Type: "resubmit"}}, ""},
		{"one without an end", []events.Action{link("https://a.example/1", time.Time{})}, "https://a.example/1"},
		{"one that lasts", []events.Action{link("https://a.example/1", now.Add(time.Second))}, "https://a.example/1"},
		{"one that ends now", []events.Action{link("https://a.example/1", now)}, ""},
		{"an old one before a new one", []events.Action{link("https://a.example/1", now.Add(-time.Hour)), link("https://a.example/2", now.Add(time.Hour))}, "https://a.example/2"},
	} {
		v := &events.View{Actions: tt.actions, Checks: []events.CheckState{{Provider: "sumsub", Status: "completed"}, {Provider: "persona", Status: "awaiting_subject"}}}
		got, ok := pageOf(v, now)
		if got.URL != tt.want || ok != (tt.want != "") || ok && got.Provider != "persona" {
			t.Errorf("%s: got %+v, %v; want %q by persona", tt.what, got, ok, tt.want)
		}
	}
}
