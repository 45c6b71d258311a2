package events_test

import (
	"slices"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
)

func TestIDsSortByTime(t *testing.T) {
	var ids []string
	for i := range 200 {
		ids = append(ids, events.NewID(at.Add(time.Duration(i*i)*time.Millisecond), [10]byte{byte(255 - i), byte(i)}))
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids are not in order: %v", ids)
	}
	for _, id := range ids {
		if !events.ValidID(id) {
			t.Errorf("ValidID(%q) = false", id)
		}
	}
}

func TestOneIdentityIsOneVerificationWhateverTheTime(t *testing.T) {
	id := [10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 250}
	a, b := events.NewID(at, id), events.NewID(at.Add(time.Hour), id)
	if a == b || events.IdentityOf(a) != events.IdentityOf(b) || events.ShardOf(a, 64) != events.ShardOf(b, 64) {
		t.Errorf("%q and %q: identities %q %q, shards %d %d; want different ids of one identity in one shard",
			a, b, events.IdentityOf(a), events.IdentityOf(b), events.ShardOf(a, 64), events.ShardOf(b, 64))
	}
	if c := events.NewID(at, [10]byte{1}); events.IdentityOf(c) == events.IdentityOf(a) {
		t.Errorf("different identities give %q twice", events.IdentityOf(c))
	}
}

// The numbers are for ever: publishers and resolvers of different versions must agree.
func TestShardsAreForEver(t *testing.T) {
	for _, tt := range []struct {
		id     string
		shards int
		want   int
	}{
		{"vrf_01k9s5m3b80123456789abcdef", 4, 1}, {"vrf_01k9s5m3b80123456789abcdef", 16, 13},
		{"vrf_00000000000000000000000000", 16, 5}, {"vrf_7zzzzzzzzzzzzzzzzzzzzzzzzz", 16, 5}, {"anything", 4, 3},
	} {
		if got := events.ShardOf(tt.id, tt.shards); got != tt.want {
			t.Errorf("ShardOf(%q, %d) = %d, want %d", tt.id, tt.shards, got, tt.want)
		}
	}
}

func TestTokens(t *testing.T) {
	for s, want := range map[string]bool{"acme": true, "person-standard": true, "a_1": true, "": false, "Acme": false, "a.b": false, "a b": false, "*": false, ">": false} {
		if got := events.ValidToken(s); got != want {
			t.Errorf("ValidToken(%q) = %v, want %v", s, got, want)
		}
	}
}
