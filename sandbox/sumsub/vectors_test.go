package sumsub

import "testing"

func TestPublicVectors(t *testing.T) {
	got := sign("api_secret", "1712760187", "post", "/resources/accessTokens", []byte(`{"userId":"1000","levelName":"default","ttl":60}`))
	if want := "260c8893fb0317e8a714ce3bce9c16821649f1e27a49bd7d926fcf23942628c0"; got != want {
		t.Errorf("request signature: got %s, want %s", got, want)
	}
	got, err := digest(SHA1, "SoMe_SeCrEt_KeY", []byte("someText"))
	if want := "f6e92ffe371718694d46e28436f76589312df8db"; got != want || err != nil {
		t.Errorf("webhook digest: got %s (%v), want %s", got, err, want)
	}
}
