package bive_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/bive"
)

func TestUploadAnswersNamesByField(t *testing.T) {
	v := newVendor(t)
	status, o := v.upload("gov_id", png, "gov_id_back", jpeg, "selfie", jpeg, "account_statement", pdf, "biz_reg", pdf)
	if status != http.StatusOK || len(o) != 5 {
		t.Fatalf("upload = %d %v, want 200 and five names", status, o)
	}
	for field, want := range map[string]string{
		"gov_id": `^gov-id-UUID\.png$`, "gov_id_back": `^gov-id-back-UUID\.jpg$`, "selfie": `^selfie-UUID\.jpg$`,
		"account_statement": `^account-statement-UUID\.pdf$`, "biz_reg": `^biz-reg-UUID\.pdf$`,
	} {
		want = strings.Replace(want, "UUID", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", 1)
		if got, _ := o[field].(string); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: got %q, want %s", field, got, want)
		}
	}
	if got := v.box.Ledger().Uploads; got["gov_id"] != 1 || got["biz_reg"] != 1 {
		t.Errorf("ledger: got %v, want one upload of each field", got)
	}
}

func TestUploadRefusesWhatTheVendorWouldRefuse(t *testing.T) {
	v := newVendor(t)
	full := png + strings.Repeat("x", 5<<20-len(png))
	for _, tt := range []struct {
		name  string
		files []string
		want  int
	}{
		{"exactly 5 MB", []string{"gov_id", full}, 200},
		{"one byte more", []string{"gov_id", full + "x"}, 400},
		{"no file", nil, 400},
		{"empty file", []string{"gov_id", ""}, 400},
		{"unknown field", []string{"passport", png}, 400},
		{"same field twice", []string{"gov_id", png, "gov_id", png}, 400},
		{"pdf as gov_id", []string{"gov_id", pdf}, 400},
		{"image as biz_reg", []string{"biz_reg", png}, 400},
		{"neither image nor pdf", []string{"selfie", "GIF89a"}, 400},
	} {
		status, o := v.upload(tt.files...)
		if _, isText := o["error"].(string); status != tt.want || status == 400 && !isText {
			t.Errorf("%s: got %d %v, want %d", tt.name, status, o, tt.want)
		}
	}
	if resp, _ := v.do("POST", "/identity/upload", "application/json", []byte(`{}`)); resp.StatusCode != 400 {
		t.Errorf("JSON upload: got %d, want 400", resp.StatusCode)
	}
	if got := v.box.Ledger().Uploads; got["gov_id"] != 1 || len(got) != 1 {
		t.Errorf("ledger: got %v, want the one good upload: a request is stored whole or not at all", got)
	}
}

func TestPersonIsCheckedFieldByField(t *testing.T) {
	v := newVendor(t)
	good := v.ana("")
	back, pdfName := v.name("gov_id_back", png), v.name("biz_reg", pdf)
	for _, tt := range []struct {
		name  string
		body  object
		want  int
		names string // what the message must name
	}{
		{"all required fields", good, 200, ""},
		{"with the back side", with(good, "gov_id_back", back), 200, ""},
		{"unknown members are ignored", with(good, "favourite_colour", "red"), 200, ""},
		{"no first name", with(good, "first_name", nil), 400, "first_name"},
		{"blank last name", with(good, "last_name", " "), 400, "last_name"},
		{"first name of the wrong type", with(good, "first_name", 7), 400, "first_name"},
		{"no selfie without live check", with(good, "media", nil), 400, "media"},
		{"no document without live check", with(good, "gov_id", nil), 400, "gov_id"},
		{"neither with live check", with(with(with(good, "media", nil), "gov_id", nil), "liveness_check", true), 200, ""},
		{"live check is the default", with(with(with(good, "media", nil), "gov_id", nil), "liveness_check", nil), 200, ""},
		{"live check as text", with(good, "liveness_check", "false"), 400, "liveness_check"},
		{"date of birth", with(good, "date_of_birth", "1983-07-03"), 200, ""},
		{"date of birth turned round", with(good, "date_of_birth", "03-07-1983"), 400, "date_of_birth"},
		{"date that does not exist", with(good, "date_of_birth", "1983-02-30"), 400, "date_of_birth"},
		{"e-mail without at", with(good, "email", "ana"), 400, "email"},
		{"relative webhook", with(good, "webhook_url", "/hook"), 400, "webhook_url"},
		{"demo as text", with(good, "demo", "true"), 400, "demo"},
		{"demo.result unheard of", with(good, "demo", object{"result": "maybe"}), 400, "demo.result"},
		{"selfie nobody uploaded", with(good, "media", "selfie-1.png"), 422, "media"},
		{"document given as selfie", with(good, "media", good["gov_id"]), 422, "media"},
		{"pdf given as document", with(good, "gov_id", pdfName), 422, "gov_id"},
		{"front given as back", with(good, "gov_id_back", good["gov_id"]), 422, "gov_id_back"},
	} {
		status, o := v.post("person", tt.body)
		if status != tt.want {
			t.Errorf("%s: got %d %v, want %d", tt.name, status, o, tt.want)
			continue
		}
		if tt.names != "" {
			if e, _ := o["error"].(object); e == nil || !strings.Contains(e["message"].(string), tt.names) {
				t.Errorf("%s: got error %v, want one that names %s", tt.name, o, tt.names)
			}
		}
	}
	for _, body := range []string{``, `{`, `[]`, `{"first_name":"Ana","first_name":"Eva","last_name":"Reyes"}`} {
		if resp, o := v.do("POST", "/identity/workflow/person", "application/json", []byte(body)); resp.StatusCode != 400 {
			t.Errorf("body %s: got %d %v, want 400", body, resp.StatusCode, o)
		}
	}
	if resp, _ := v.do("POST", "/identity/workflow/person", "text/plain", []byte(`{"first_name":"A","last_name":"B"}`)); resp.StatusCode != 400 {
		t.Errorf("text/plain: got %d, want 400", resp.StatusCode)
	}
}

func TestBusinessIsCheckedFieldByField(t *testing.T) {
	v := newVendor(t)
	good := v.tern("", "+approve")
	url := good["document"].(object)["url"]
	for _, tt := range []struct {
		name string
		body object
		want int
	}{
		{"all required fields", good, 200},
		{"website is optional", with(good, "website", nil), 200},
		{"account statement", with(good, "document", object{"type": "account-statement", "url": v.name("account_statement", pdf)}), 200},
		{"no name", with(good, "name", nil), 400},
		{"no email", with(good, "email", nil), 400},
		{"no document", with(good, "document", nil), 400},
		{"document of another type", with(good, "document", object{"type": "passport", "url": url}), 400},
		{"document without a file", with(good, "document", object{"type": "business-registration"}), 400},
		{"document nobody uploaded", with(good, "document", object{"type": "business-registration", "url": "https://x.example/a.pdf"}), 422},
		{"registration given as statement", with(good, "document", object{"type": "account-statement", "url": url}), 422},
		{"no address", with(good, "address", nil), 400},
		{"no persons", with(good, "associated_persons", nil), 400},
		{"empty persons", with(good, "associated_persons", []object{}), 400},
		{"person without a name", with(good, "associated_persons", []object{{"first_name": "Jan"}}), 400},
		{"person with neither live check nor files", with(good, "liveness_check", false), 400},
		{"person with files", with(with(good, "liveness_check", false), "associated_persons", []object{v.ana("")}), 200},
	} {
		if status, o := v.post("business", tt.body); status != tt.want {
			t.Errorf("%s: got %d %v, want %d", tt.name, status, o, tt.want)
		}
	}
}

func TestKeyIsRequiredOnEveryCall(t *testing.T) {
	v := newVendor(t)
	for _, key := range []string{"", "wrong", apiKey + "x"} {
		v.key = key
		for _, call := range []string{"POST /identity/upload", "POST /identity/workflow/person", "POST /identity/workflow/business", "GET /identity/workflow"} {
			method, path, _ := strings.Cut(call, " ")
			if resp, _ := v.do(method, path, "application/json", nil); resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s with key %q: got %d, want 401", call, key, resp.StatusCode)
			}
		}
	}
}

func TestTheSixtyFirstRequestOfAMinuteIsTooMany(t *testing.T) {
	v := newVendor(t, func(c *bive.Config) { c.Limit = sandbox.Limit{} })
	for i := range 60 {
		if resp, _ := v.do("GET", "/identity/workflow", "", nil); resp.StatusCode != http.StatusOK {
			t.Fatalf("request %d: got %d, want 200", i+1, resp.StatusCode)
		}
	}
	v.clock.Advance(20 * time.Second)
	resp, _ := v.do("GET", "/identity/workflow", "", nil)
	wait, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	if resp.StatusCode != http.StatusTooManyRequests || wait != 40 {
		t.Fatalf("request 61: got %d, Retry-After %d; want 429, 40", resp.StatusCode, wait)
	}
	v.clock.Advance(40 * time.Second)
	if resp, _ := v.do("GET", "/identity/workflow", "", nil); resp.StatusCode != http.StatusOK {
		t.Errorf("after Retry-After: got %d, want 200", resp.StatusCode)
	}
}
