package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
)

// saved asks the API for something and returns the answer, and the file that it is saved to.
func saved(t *testing.T, vars map[string]string, path string) (body, file string) {
	t.Helper()
	a, err := newAPI(t.Context(), envconfig.MapLookuper(vars))
	if err != nil {
		t.Fatal(err)
	}
	res, err := a.do(t.Context(), http.MethodGet, path, "application/json", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), write(t, "saved.json", string(b))
}

func TestWhatTheAPIReturnsIsVerifiedWithPublicKeysOnly(t *testing.T) {
	p := decidedSystem(t)
	view, viewFile := saved(t, p.vars, "/v1/verifications/"+p.id)
	_, pageFile := saved(t, p.vars, "/v1/decisions")
	_, listFile := saved(t, p.vars, "/v1/verifications")
	_, keys, _ := bonafide(t, p.vars, "keys")
	keysFile := write(t, "keys.json", keys)
	if wellKnown, _ := saved(t, p.vars, "/.well-known/jwks.json"); wellKnown != keys || !strings.Contains(keys, `"crv": "Ed25519"`) || strings.Contains(keys, `"d":`) {
		t.Errorf("keys prints %s, want the public keys of /.well-known/jwks.json, which are %s", keys, wellKnown)
	}
	if code, out, complaints := bonafide(t, p.vars, "verify", viewFile); code != 0 || !strings.Contains(out, p.id+" revision 1: true") {
		t.Errorf("verify, with the keys of the API: exit %d, want 0 and the decision; got:\n%s%s", code, out, complaints)
	}
	p.over(t)
	for name, file := range map[string]string{"a view": viewFile, "a page of decisions": pageFile, "a list": listFile} {
		if code, out, complaints := bonafide(t, nil, "verify", file, "--keys", keysFile); code != 0 || !strings.Contains(out, p.id) {
			t.Errorf("verify %s: exit %d, want 0 and the decision; got:\n%s%s", name, code, out, complaints)
		}
	}
	for name, c := range map[string]struct{ content, want string }{
		"a flipped result":  {strings.Replace(view, `"result":"true"`, `"result":"false"`, 1), "decision: "},
		"a flipped digest":  {strings.Replace(view, `"sha256:`, `"sha255:`, 2), "details: "},
		"one that is cut":   {view[:len(view)-5], "not JSON"},
		"an empty file":     {"", "not JSON"},
		"what is no object": {"[1]", "all of it"},
	} {
		if code, out, _ := bonafide(t, nil, "verify", write(t, "bad.json", c.content), "--keys", keysFile); code != exitBad || !strings.Contains(out, c.want) {
			t.Errorf("verify %s: exit %d, want %d and %q; got:\n%s", name, code, exitBad, c.want, out)
		}
	}
	strangers := filepath.Join(t.TempDir(), "strangers.json")
	if code, _, complaints := bonafide(t, nil, "keys", "new", "--private", filepath.Join(t.TempDir(), "k.json"), "--public", strangers); code != 0 {
		t.Fatalf("keys new: exit %d: %s", code, complaints)
	}
	if code, out, _ := bonafide(t, nil, "verify", viewFile, "--keys", strangers); code != exitBad || !strings.Contains(out, "signature.keyId: ") {
		t.Errorf("verify with somebody else's keys: exit %d, want %d and signature.keyId; got:\n%s", code, exitBad, out)
	}
}

func TestARotatedKeyLeavesOldDecisionsGood(t *testing.T) {
	p := decidedSystem(t)
	old, oldFile := saved(t, p.vars, "/v1/verifications/"+p.id)
	p.over(t)
	private, public := filepath.Join(p.dir, "second.json"), filepath.Join(p.dir, "signing-keys.json")
	if code, out, complaints := bonafide(t, nil, "keys", "new", "--private", private, "--public", public); code != 0 || !strings.Contains(out, "2 public keys") {
		t.Fatalf("keys new: exit %d, want 0 and two keys; got:\n%s%s", code, out, complaints)
	}
	again := start(t, map[string]string{"POLL_INTERVAL": "1s", "BONAFIDE_API_KEY": "bfk_past", "SIGNING_KEY_FILE": private},
		"up", "--sandbox", "--data", p.dir, "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--admin", "")
	again.out.await(t, "ready in")
	p = past{command: again, dir: p.dir, vars: p.vars}
	p.vars["BONAFIDE_URL"] = "http" + strings.Fields(strings.SplitN(again.out.String(), "http", 2)[1])[0]
	code, out, complaints := bonafide(t, p.vars, "submit", "-f", ana(t, "+reject"), "--wait")
	id := anID.FindString(out)
	if id == "" {
		t.Fatalf("submit: exit %d\n%s%s", code, out, complaints)
	}
	fresh, freshFile := saved(t, p.vars, "/v1/verifications/"+id)
	p.over(t)
	key := func(s string) string { return s[strings.Index(s, `"keyId":`):][:32] }
	if key(old) == key(fresh) {
		t.Errorf("both are signed with %s, want another key after the rotation", key(old))
	}
	for _, file := range []string{oldFile, freshFile} {
		if code, out, complaints := bonafide(t, nil, "verify", file, "--keys", public); code != 0 {
			t.Errorf("verify: exit %d, want 0; got:\n%s%s", code, out, complaints)
		}
	}
	if code, _, complaints := bonafide(t, nil, "keys", "end", strings.Split(key(old), `"`)[3], "--public", public, "--at", "2020-01-01"); code != 0 {
		t.Fatalf("keys end: exit %d: %s", code, complaints)
	}
	if code, out, _ := bonafide(t, nil, "verify", oldFile, "--keys", public); code != exitBad || !strings.Contains(out, "not in use") {
		t.Errorf("verify what a key has signed after its end: exit %d, want %d; got:\n%s", code, exitBad, out)
	}
	if code, out, complaints := bonafide(t, nil, "replay", "--data", p.dir); code != 0 {
		t.Errorf("replay over both keys: exit %d, want 0; got:\n%s%s", code, out, complaints)
	}
}
