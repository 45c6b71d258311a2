package main

import (
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestEraseSaysWhatTheVendorsHaveDone(t *testing.T) {
	vars := live(t)
	picture := func(width int) string {
		var b strings.Builder
		_ = jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, 16)), nil)
		return base64.StdEncoding.EncodeToString([]byte(b.String()))
	}
	file := write(t, "request.json", fmt.Sprintf(`{"flow":"sumsub-person","subject":{"type":"person","person":{"name":{"firstName":"Jan","lastName":"Kowalski"},
		"info":{"birthDate":"1983-07-03","nationality":"PL"},"contact":{"email":"jan@example.test"}}},
		"documents":[{"type":"PASSPORT","country":"POL","filename":"p.jpg","content":%q},{"type":"SELFIE","filename":"s.jpg","content":%q}]}`, picture(16), picture(24)))
	code, out, complaints := bonafide(t, vars, "submit", "-f", file, "--wait")
	id := anID.FindString(out)
	if id == "" {
		t.Fatalf("submit: exit %d: %s%s", code, out, complaints)
	}
	code, out, complaints = bonafide(t, vars, "erase", id, "--json")
	var done erasure
	if err := json.Unmarshal([]byte(out), &done); err != nil || code != 0 || done.ID != id || done.Status != "erased" || len(done.Vendors) != 1 ||
		done.Vendors[0].Provider != "sumsub" || done.Vendors[0].Status != "erased" || done.Vendors[0].At.IsZero() {
		t.Errorf("erase --json: exit %d, want 0 and the receipt of sumsub; got %v:\n%s%s", code, err, out, complaints)
	}
	if code, out, _ = bonafide(t, vars, "erase", id); code != 0 || !strings.Contains(out, "sumsub") { // again is no harm
		t.Errorf("erase again: exit %d, want 0; got:\n%s", code, out)
	}
	if code, out, _ = bonafide(t, vars, "show", id); code != 0 || !strings.Contains(out, "  erased") || !strings.Contains(out, "erase → erased") {
		t.Errorf("show: exit %d, want 0 and the receipt in its timeline; got:\n%s", code, out)
	}
	_, out, _ = bonafide(t, vars, "submit", "-f", ana(t, ""), "--wait")
	if code, out, _ = bonafide(t, vars, "erase", anID.FindString(out)); code != 0 || !strings.Contains(out, "the vendor has no call that erases a person") {
		t.Errorf("erase where the vendor cannot: exit %d, want 0 and that it is said; got:\n%s", code, out)
	}
	if code, _, complaints = bonafide(t, vars, "erase", "vrf_00000000000000000000000000"); code != exitBad || !strings.Contains(complaints, "404") {
		t.Errorf("erase of nobody: exit %d, want %d and 404; got:\n%s", code, exitBad, complaints)
	}
}
