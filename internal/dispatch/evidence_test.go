package dispatch

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
)

// What is kept by hand is what package json would have kept, and what it refuses is refused: evidence is read again years later.
func TestRepliesAreWrittenAsPackageJSONDoes(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.UTC)
	one := func(ref string, e ...providers.Exchange) providers.Reply {
		r := providers.Reply{Exchanges: e, At: at}
		if ref != "" {
			r.Ref = jsontext.Value(ref)
		}
		return r
	}
	for name, r := range map[string]providers.Reply{
		"plain":            one(`{"id":"a"}`, providers.Exchange{Op: "send", Status: 200, MediaType: "application/json", Body: []byte(`{"a":1}`)}),
		"no ref":           one(``, providers.Exchange{Op: "send", Body: []byte("x")}),
		"empty ref":        one(`{}`, providers.Exchange{Op: "send"}),
		"spaced ref":       one(` { "id" : "a" } `, providers.Exchange{Op: "send"}),
		"ref is a word":    one(`"a"`, providers.Exchange{Op: "send"}),
		"ref is null":      one(`null`, providers.Exchange{Op: "send"}),
		"ref is broken":    one(`{"id":`, providers.Exchange{Op: "send"}),
		"ref names twice":  one(`{"id":1,"id":2}`, providers.Exchange{Op: "send"}),
		"ref with escapes": one("{\"id\":\"\\u0041é\\/\"}", providers.Exchange{Op: "send"}),
		"two, one headed":  one(`{"id":"a"}`, providers.Exchange{Op: "a", Body: []byte{0, 255}}, providers.Exchange{Op: "b", Header: map[string]string{"Date": "x"}}),
		"quotes":           one(``, providers.Exchange{Op: "\"<é\n", Status: -1, MediaType: "a\\b"}),
		"not UTF-8":        one(``, providers.Exchange{Op: "\xff"}),
		"large":            one(``, providers.Exchange{Op: "send", Body: []byte(strings.Repeat("x", 100_000))}),
		"zero time":        {Exchanges: []providers.Exchange{{Op: "send"}}},
		"another zone":     {Exchanges: []providers.Exchange{{Op: "send"}}, At: at.In(time.FixedZone("", 3600))},
		"far future":       {Exchanges: []providers.Exchange{{Op: "send"}}, At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		got, err := written(&r, nil)
		want, wantErr := json.Marshal(&r)
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != string(want) {
			t.Errorf("%s: got %.200q, %v; want %.200q, %v", name, got, err, want, wantErr)
		}
	}
}
