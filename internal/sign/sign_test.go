package sign_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/sign"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 123456789, time.UTC)

func newKey(t testing.TB) *sign.Key {
	t.Helper()
	k, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAKeysNameCanBeWrittenOnACommandLine(t *testing.T) {
	seen := map[byte]bool{}
	for n := range 2000 {
		k, err := sign.Generate(bytes.NewReader(fmt.Appendf(nil, "%032d", n)))
		if err != nil {
			t.Fatal(err)
		}
		id := k.ID()
		if seen[id[0]] = true; id[0] == '-' || len(id) != 22 {
			t.Errorf("key %d is named %q, want 22 characters and no dash in front", n, id)
		}
	}
	if len(seen) < 60 {
		t.Errorf("names begin with %d characters, want nearly all: nothing was shown", len(seen))
	}
}

// view is a decision with as much in it as there can be.
func view() events.View {
	one := 1
	return events.View{
		ID: "vrf_01k9s5m3b80123456789abcdef", Tenant: "acme", Reference: "customer-42", Flow: "person-standard", FlowDigest: "sha256:ab12", Status: "completed",
		CreatedAt: noon, UpdatedAt: noon.Add(time.Second), Deadline: noon.Add(15 * time.Minute),
		Decision: &events.Decision{Revision: 2, Final: true, Result: "true", Confidence: 97.5, Reasoning: "All 2 required components are valid; the weakest is selfie (97.5).",
			Reasons: []string{"all_required_true"}, DecidedAt: noon, Supersedes: &one, Cause: "late answer of identity by sumsub"},
		Details: []events.Detail{{Component: "document", Result: "true", Confidence: 99, Reasoning: "Accepted.", Provider: "sumsub", Check: "identity", Attempt: 1,
			ObservedAt: noon, Evidence: []string{"sha256:cd34"}}, {Component: "selfie", Result: "true", Confidence: 97.5, Labels: []string{"ÄÖ", "</x>"}, Provider: "sumsub", Check: "identity", Attempt: 1}},
		Checks:            []events.CheckState{{Name: "identity", Provider: "sumsub", Status: "completed", Attempt: 1}},
		AssociatedPersons: []events.PartyResult{{Reference: "ubo-1", Role: "UBO", Ownership: 25, Result: "true"}},
	}
}

// signed is a signed view as JSON.
func signed(t testing.TB, k *sign.Key, v events.View) []byte {
	t.Helper()
	if err := k.Sign(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// structured is a signed decision as a structured CloudEvent.
func structured(t testing.TB, k *sign.Key, v events.View) []byte {
	t.Helper()
	if err := k.Sign(&v); err != nil {
		t.Fatal(err)
	}
	b, err := events.EncodeStructured(events.Event{ID: fmt.Sprintf("%s.%d", v.ID, v.Decision.Revision), Source: "/bonafide/resolver", Subject: v.ID, Time: v.Decision.DecidedAt,
		Data: events.VerificationDecided{View: v}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func good(t *testing.T, what string, all []sign.Verdict, n int) {
	t.Helper()
	if len(all) != n {
		t.Errorf("%s: %d verdicts, want %d", what, len(all), n)
	}
	for _, v := range all {
		if len(v.Wrong) > 0 || v.ID == "" || v.Revision != 2 || v.KeyID == "" || len(v.Evidence) != 1 {
			t.Errorf("%s: %+v, want nothing wrong", what, v)
		}
	}
}

func TestWhatWasSignedHoldsInEveryFormItTravelsIn(t *testing.T) {
	k := newKey(t)
	keys := sign.Keys{k.Public(noon)}
	data, event := signed(t, k, view()), structured(t, k, view())
	good(t, "data", sign.Check(data, keys), 1)
	good(t, "structured", sign.Check(event, keys), 1)
	good(t, "lines", sign.Check(append(append(bytes.Clone(data), '\n'), event...), keys), 2)
	good(t, "array", sign.Check([]byte("["+string(data)+",\n"+string(event)+"]\n"), keys), 2)
	var v events.View
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	v.Tenant = "" // as the API shows it
	page, err := json.Marshal(map[string]any{"items": []any{struct {
		Cursor string `json:"cursor"`
		events.View
	}{"7", v}}, "next": "7"})
	if err != nil {
		t.Fatal(err)
	}
	good(t, "a page of the API", sign.Check(page, keys), 1)
	pretty := jsontext.Value(bytes.Clone(data))
	if err := pretty.Indent(); err != nil {
		t.Fatal(err)
	}
	var anyOrder map[string]any
	if err := json.Unmarshal(data, &anyOrder); err != nil {
		t.Fatal(err)
	}
	shuffled, err := json.Marshal(anyOrder)
	if err != nil {
		t.Fatal(err)
	}
	good(t, "indented", sign.Check(pretty, keys), 1)
	good(t, "in another order", sign.Check(shuffled, keys), 1)
}

func TestTheSameViewGetsTheSameSignature(t *testing.T) {
	k := newKey(t)
	if a, b := signed(t, k, view()), signed(t, k, view()); !bytes.Equal(a, b) {
		t.Errorf("two signatures of one view:\n%s\n%s", a, b)
	}
}

// Every byte of a decision and of its event is flipped in turn. What does not change the meaning of the JSON is nothing.
func TestOneFlippedByteIsFoundWhereverItIs(t *testing.T) {
	k := newKey(t)
	keys := sign.Keys{k.Public(noon)}
	for name, b := range map[string][]byte{"data": signed(t, k, view()), "structured": structured(t, k, view())} {
		before := canonical(t, b)
		for i := range b {
			for _, bit := range []byte{1, 4, 0x20, 0x80} {
				flipped := bytes.Clone(b)
				flipped[i] ^= bit
				bad := false
				for _, v := range sign.Check(flipped, keys) {
					bad = bad || len(v.Wrong) > 0
				}
				if !bad && !bytes.Equal(before, canonical(t, flipped)) {
					t.Fatalf("%s: byte %d flipped by %#x goes unnoticed: …%s…", name, i, bit, flipped[max(0, i-30):min(len(flipped), i+30)])
				}
			}
		}
	}
}

func canonical(t *testing.T, b []byte) []byte {
	v := jsontext.Value(bytes.Clone(b))
	if v.Canonicalize() != nil {
		return nil
	}
	return v
}

func TestThePartThatWasChangedIsNamed(t *testing.T) {
	k, other := newKey(t), newKey(t)
	keys := sign.Keys{k.Public(noon), other.Public(noon)}
	data := string(signed(t, k, view()))
	of := string(signed(t, other, view()))
	value := func(s string) string { return s[strings.LastIndex(s, `"value":"`):] }
	for _, c := range []struct{ name, old, new, want string }{
		{"the result", `"result":"true","confidence":97.5,"reasoning"`, `"result":"false","confidence":97.5,"reasoning"`, "decision"},
		{"the evidence", "sha256:cd34", "sha256:cd35", "details"},
		{"the flow", "person-standard", "person-light", "about"},
		{"a check", `"status":"completed","attempt":1`, `"status":"completed","attempt":2`, "checks"},
		{"an owner", `"ownership":25`, `"ownership":26`, "associatedPersons"},
		{"the tenant", `"tenant":"acme"`, `"tenant":"evil"`, "tenant"},
		{"an addition", `{"id"`, `{"colour":"red","id"`, "colour"},
		{"an action that nobody asked for", `"checks":`, `"actions":[{"type":"open_link"}],"checks":`, "actions"},
		{"somebody else's signature", value(data), value(of), "signature.value"},
		{"a key that is not trusted", k.ID(), "AAAAAAAAAAAAAAAAAAAAAA", "signature.keyId"},
		{"another trusted key", k.ID(), other.ID(), "signature.value"},
		{"an addition to the signature", `"signature":{`, `"signature":{"more":1,`, "signature"},
	} {
		changed := strings.Replace(data, c.old, c.new, 1)
		if changed == data {
			t.Fatalf("%s: %q is not in %s", c.name, c.old, data)
		}
		v := sign.Check([]byte(changed), keys)[0]
		if len(v.Wrong) != 1 || !strings.HasPrefix(v.Wrong[0].Part, c.want) {
			t.Errorf("%s: wrong is %+v, want only %s", c.name, v.Wrong, c.want)
		}
	}
	cut := strings.Replace(data, `,"checks":[{"name":"identity","provider":"sumsub","status":"completed","attempt":1}]`, "", 1)
	if v := sign.Check([]byte(cut), keys)[0]; len(v.Wrong) != 1 || v.Wrong[0].Part != "checks" {
		t.Errorf("cut out: wrong is %+v, want checks", v.Wrong)
	}
	unsigned, err := json.Marshal(view())
	if err != nil {
		t.Fatal(err)
	}
	if v := sign.Check(unsigned, keys)[0]; len(v.Wrong) != 1 || v.Wrong[0].Part != "signature" {
		t.Errorf("unsigned: wrong is %+v, want signature", v.Wrong)
	}
}

func TestARotatedKeyKeepsWhatItHasSignedAndSignsNothingNew(t *testing.T) {
	first, second := newKey(t), newKey(t)
	file := filepath.Join(t.TempDir(), "keys.json")
	for _, k := range []sign.Public{first.Public(noon), second.Public(noon.Add(time.Hour)), first.Public(noon.Add(9 * time.Hour))} { // the last is there already
		if _, err := sign.Add(file, k); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := sign.ReadKeys(file)
	if err != nil || len(keys) != 2 || keys[0].ID != first.ID() {
		t.Fatalf("the file holds %+v, %v; want two keys, the first one first", keys, err)
	}
	at := func(k *sign.Key, when time.Time) []sign.Verdict {
		v := view()
		v.Decision.DecidedAt = when
		return sign.Check(signed(t, k, v), keys)
	}
	good(t, "signed before the rotation", at(first, noon), 1)
	good(t, "signed after it", at(second, noon.Add(2*time.Hour)), 1)
	keys[0].Until = noon.Add(time.Hour)
	good(t, "signed by a key that has ended since", at(first, noon), 1)
	for name, v := range map[string][]sign.Verdict{"by a key that had ended": at(first, noon.Add(time.Hour)), "by a key that had not begun": at(second, noon)} {
		if len(v[0].Wrong) != 1 || v[0].Wrong[0].Part != "signature.keyId" {
			t.Errorf("%s: wrong is %+v, want signature.keyId", name, v[0].Wrong)
		}
	}
}

func TestAKeysFileIsReadBackAndPrintsNowhere(t *testing.T) {
	k := newKey(t)
	file := filepath.Join(t.TempDir(), "key.json")
	if err := k.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := k.Write(file); err == nil {
		t.Error("a key file was replaced")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v; want 0600", info.Mode(), err)
	}
	again, err := sign.ReadKey(file)
	if err != nil || !bytes.Equal(signed(t, k, view()), signed(t, again, view())) {
		t.Errorf("read back, it signs otherwise: %v", err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sign.ParseKeys([]byte(`{"keys":[` + string(b) + `]}`)); err == nil {
		t.Error("a private key was taken among public ones")
	}
	if s := fmt.Sprintf("%v %+v %#v", k, k, *k); strings.Contains(s, "private:") {
		t.Errorf("a key prints as %s", s)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := sign.ReadKey(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a key that everybody may read: error %v, want one that names the file", err)
	}
	for name, text := range map[string]string{"text": "hello", "public": `{"kty":"OKP"}`, "another id": strings.Replace(string(b), k.ID(), "AAAAAAAAAAAAAAAAAAAAAA", 1)} {
		bad := filepath.Join(t.TempDir(), "bad.json")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sign.ReadKey(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: error %v, want one that names the file", name, err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	k, v := newKey(b), view()
	b.ReportAllocs()
	for b.Loop() {
		if err := k.Sign(&v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	k := newKey(b)
	data := signed(b, k, view())
	keys := sign.Keys{k.Public(time.Unix(0, 0))}
	b.ReportAllocs()
	for b.Loop() {
		if v := sign.Verify(data, keys); len(v.Wrong) > 0 {
			b.Fatalf("%+v, want nothing wrong", v.Wrong)
		}
	}
}
