package single

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/sign"
)

// signingFiles are where a directory has the key that signs decisions, and the public keys.
func signingFiles(dir string) (private, public string) {
	return filepath.Join(dir, "signing-key.json"), filepath.Join(dir, "signing-keys.json")
}

// signingKey makes the key that signs decisions the first time, and sees to it that the directory's public keys hold the
// one in use, whichever that is.
func signingKey(c Config, l envconfig.Lookuper) error {
	ours, public := signingFiles(c.Dir)
	private, _ := l.Lookup("SIGNING_KEY_FILE")
	if private == "" {
		return nil
	}
	if _, err := os.Stat(ours); private == ours && errors.Is(err, fs.ErrNotExist) {
		k, err := sign.Generate(rand.Reader)
		if err == nil {
			err = k.Write(ours)
		}
		if err != nil {
			return fmt.Errorf("signing key: %w", err)
		}
	}
	k, err := sign.ReadKey(private)
	if err != nil {
		return fmt.Errorf("SIGNING_KEY_FILE: %w", err)
	}
	if served, _ := l.Lookup("SIGNING_KEYS_FILE"); served != public {
		return nil // somebody else's file
	}
	if _, err := sign.Add(public, k.Public(time.Now())); err != nil {
		return fmt.Errorf("SIGNING_KEYS_FILE: %w", err)
	}
	return nil
}
