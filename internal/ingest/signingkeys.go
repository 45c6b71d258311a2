package ingest

import "net/http"

// signingKeys serves the public keys of decisions. They are public.
func (s *Service) signingKeys(c *call) error {
	keys := s.cfg.SigningKeys
	if keys == nil {
		keys = []byte(`{"keys":[]}`)
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Cache-Control", "public, max-age=300")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(keys)
	return nil
}
