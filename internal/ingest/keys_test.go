package ingest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/ingest"
)

func readKeys(t *testing.T, text string) (*ingest.Keys, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k := ingest.NewKeys()
	return k, k.ReadKeys(path)
}

func TestAFileOfKeysIsRead(t *testing.T) {
	sum := sha256.Sum256([]byte("second"))
	k, err := readKeys(t, `keys:
  - {key: "first", tenant: acme, scopes: ["verifications:write", "verifications:read"]}
  - {hash: "sha256:`+hex.EncodeToString(sum[:])+`", tenant: other, scopes: ["admin"]}
`)
	if err != nil || k.Len() != 2 {
		t.Fatalf("%d keys, %v; want 2", k.Len(), err)
	}
	r := newRig(t, func(c *ingest.Config) { c.Keys = k })
	r.want(202, r.call("POST", "/v1/verifications", "first", minimal))
	r.want(202, r.call("POST", "/v1/verifications", "second", minimal))
	r.want(401, r.call("POST", "/v1/verifications", hex.EncodeToString(sum[:]), minimal))
}

func TestAFileOfKeysThatIsWrongNamesEveryProblemAndNoKey(t *testing.T) {
	_, err := readKeys(t, `keys:
  - {key: "top-secret", tenant: Acme, scopes: ["admin"]}
  - {key: "top-secret", hash: "sha256:00", tenant: acme, scopes: ["admin"]}
  - {tenant: acme, scopes: ["admin"]}
  - {hash: "md5:00", tenant: acme, scopes: ["admin"]}
  - {key: "top-secret-2", tenant: acme, scopes: ["everything"]}
  - {key: "top-secret-3", tenant: acme}
  - {key: "top-secret-4", tenant: acme, scopes: ["admin"]}
  - {key: "top-secret-4", tenant: acme, scopes: ["admin"]}
`)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"keys[0]: tenant", "keys[1]: either", "keys[2]: either", "keys[3]: hash", "keys[4]: scopes", "keys[5]: scopes", "keys[7]: the same"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "top-secret") {
		t.Errorf("the error repeats a key: %q", err)
	}
	for _, text := range []string{"", "keys: []", "keys: 7", "kys: []", "keys:\n  - {key: top-secret, tenant: acme, scope: [admin]}"} {
		if _, err := readKeys(t, text); err == nil || strings.Contains(err.Error(), "top-secret") {
			t.Errorf("%q: error %v, want one without the key", text, err)
		}
	}
}
