package sumsub_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/sumsub"
	"github.com/bonafide-id/bonafide/subject"
)

var update = flag.Bool("update", false, "write the golden files anew")

// answer is what the scripted vendor says to the requests whose method and target begin in a certain way.
type answer struct {
	on     string
	status int
	body   string
	header string // Retry-After
}

// script is a vendor that answers from a list, the last line for the rest, and keeps what it was asked.
type script struct {
	answers []answer
	asked   []string // method and target
	dump    strings.Builder
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, r.Method+" "+r.RequestURI)
	fmt.Fprintf(&s.dump, "%s %s\n", r.Method, r.RequestURI)
	for _, name := range []string{"Accept", "Content-Type", "X-App-Access-Sig", "X-App-Access-Ts", "X-App-Token", "X-Return-Doc-Warnings"} {
		for _, v := range r.Header.Values(name) {
			fmt.Fprintf(&s.dump, "%s: %s\n", name, v)
		}
	}
	fmt.Fprintf(&s.dump, "\n%s\n\n", strings.ReplaceAll(string(body), "\r\n", "\n"))
	for i, a := range s.answers {
		if strings.HasPrefix(r.Method+" "+r.RequestURI, a.on) {
			s.answers = slices.Delete(s.answers, i, i+1)
			w.Header().Set("Date", "Sun, 01 Mar 2026 09:00:00 GMT")
			w.Header().Set("Content-Type", "application/json")
			if a.header != "" {
				w.Header().Set("Retry-After", a.header)
			}
			w.WriteHeader(a.status)
			io.WriteString(w, a.body)
			return
		}
	}
	w.WriteHeader(http.StatusTeapot)
}

// scripted connects to a vendor with answers.
func scripted(t *testing.T, answers ...answer) (*script, *providers.Client) {
	t.Helper()
	s := &script{answers: slices.Clone(answers)} // it is used up
	env := envconfig.MapLookuper(map[string]string{
		"SUMSUB_BASE_URL": serve(t, s), "SUMSUB_APP_TOKEN": "sbx:public.private", "SUMSUB_SECRET_KEY": "api_secret",
		"SUMSUB_LEVEL_NAME": "basic kyc+level",
	})
	now := func() time.Time { return time.Unix(1772355600, 0) }
	c, err := sumsub.DefinitionAt(now).Open(t.Context(), env, providers.Options{AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c
}

const id = "65ab00000000000000000001"

var (
	created = answer{on: "POST /resources/applicants?", status: 201, body: `{"id":"` + id + `","review":{"reviewStatus":"init"}}`}
	stored  = answer{on: "POST /resources/applicants/" + id + "/info/idDoc", status: 200, body: `{"idDocType":"PASSPORT","country":"POL"}`}
	started = answer{on: "POST /resources/applicants/" + id + "/status/pending", status: 200, body: `{"ok":1}`}
	handed  = answer{on: "POST /resources/sdkIntegrations/", status: 200, body: `{"url":"https://in.example.test/websdk/p/abc"}`}
	linked  = answer{on: "POST /resources/applicants/" + id + "/fixedInfo/", status: 200, body: `{"companyName":"Example Trading"}`}
)

func business() providers.Request {
	return providers.Request{
		Operation: "vrf_2.kyb.1", ExternalID: "vrf_2.kyb", Verification: "vrf_2", Check: "kyb", Attempt: 1, Components: []string{"registry"},
		Params: jsontext.Value(`{"level":"basic-kyb-level","personLevel":"basic-kyc-level"}`),
		Subject: subject.Subject{Type: "business", Company: &subject.Company{
			Name: &subject.CompanyName{Name: "Example Trading"}, IDs: &subject.CompanyIDs{TaxID: "1234567890", AdditionalID: "0000123456"},
			Address: &subject.Address{AddressLine: "1 Elm Rd", City: "Gdynia", Country: "PL"}, Website: "https://example.test",
		}},
		Parties: []providers.Party{{Reference: "ubo-1", Role: "UBO", Ownership: 60, Person: *person("ana@example.test").Subject.Person}},
	}
}

// The bytes that go out are signed; a change of any of them is seen here first.
func TestRequestsAreExactlyThese(t *testing.T) {
	link := person("ana@example.test")
	link.ReturnURL, link.Params = "https://shop.example.test/done", jsontext.Value(`{"language":"pl"}`)
	tests := []struct {
		name    string
		r       providers.Request
		answers []answer
	}{
		{"person", person("ana@example.test", picture("DRIVERS_LICENSE", "FRONT", 1), picture("DRIVERS_LICENSE", "BACK", 2), picture("SELFIE", "", 3)),
			[]answer{created, stored, stored, stored, started}},
		{"link", link, []answer{created, handed}},
		{"business", business(), []answer{created, {"POST /resources/applicants?levelName=basic-kyc", 201, `{"id":"65ab00000000000000000002","review":{"reviewStatus":"init"}}`, ""}, linked, handed, started}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := scripted(t, tt.answers...)
			if _, err := c.Send(t.Context(), tt.r); err != nil {
				t.Fatalf("Send = %v after %q", err, s.asked)
			}
			file := filepath.Join("testdata", "requests", tt.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(s.dump.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if s.dump.String() != string(want) {
				t.Errorf("requests differ from %s:\n%s", file, s.dump.String())
			}
		})
	}
}

// A page that is made before anything is sent makes the applicant it needs, and asks for no check.
func TestALinkBeforeTheSendIsExactlyThis(t *testing.T) {
	r := person("ana@example.test")
	r.ReturnURL = "https://shop.example.test/done"
	base := "GET /resources/applicants/" + id
	s, c := scripted(t, created, answer{base + "/status", 200, `{"reviewStatus":"init"}`, ""}, answer{base + "/requiredIdDocsStatus", 200, `{"IDENTITY":null}`, ""},
		answer{base + "/one", 200, `{"id":"` + id + `","review":{"reviewStatus":"init"}}`, ""}, handed)
	if _, err := c.Link(t.Context(), r); err != nil {
		t.Fatalf("Link = %v after %q", err, s.asked)
	}
	file := filepath.Join("testdata", "requests", "link-first.txt")
	if *update {
		if err := os.WriteFile(file, []byte(s.dump.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || s.dump.String() != string(want) {
		t.Errorf("requests differ from %s, %v:\n%s", file, err, s.dump.String())
	}
}

func TestACorrectionIsExactlyThis(t *testing.T) {
	for name, known := range map[string]string{
		"correction":         `"email":"ana@example.test","phone":"+48600000000",`,
		"correction-contact": `"email":"anna@example.test",`,
	} {
		r := person("ana@example.test")
		r.Ref, r.Corrected = jsontext.Value(`{"id":"`+id+`","attempts":1}`), true
		refused := answer{"GET /resources/applicants/" + id + "/one", 200, `{"id":"` + id + `",` + known + `"review":{"reviewStatus":"completed","attemptCnt":1,"reviewResult":{"reviewAnswer":"RED","reviewRejectType":"RETRY"}}}`, ""}
		s, c := scripted(t, refused, answer{"PATCH /resources/applicants/" + id + "/fixedInfo", 200, `{}`, ""}, answer{"PATCH /resources/applicants", 200, `{}`, ""}, started)
		if _, err := c.Resubmit(t.Context(), r); err != nil {
			t.Fatalf("%s: Resubmit = %v after %q", name, err, s.asked)
		}
		file := filepath.Join("testdata", "requests", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(s.dump.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || s.dump.String() != string(want) {
			t.Errorf("requests differ from %s, %v:\n%s", file, err, s.dump.String())
		}
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	passport := person("ana@example.test", picture("PASSPORT", "", 1))
	conflict := func(on, body, after string) answer { return answer{on, 409, body, after} }
	const pending, upload = "POST /resources/applicants/" + id + "/status/pending", "POST /resources/applicants/" + id + "/info/idDoc"
	status := answer{on: "GET /resources/applicants/" + id + "/status", status: 200, body: `{"reviewStatus":"queued","attemptCnt":1}`}
	steps := answer{on: "GET /resources/applicants/" + id + "/requiredIdDocsStatus", status: 200, body: `{"IDENTITY":null}`}
	tests := []struct {
		name    string
		answers []answer
		status  string // of the outcome
		class   fault.Class
		after   time.Duration
	}{
		{"all is well", []answer{created, stored, started}, "pending", fault.None, 0},
		{"the same bytes are there", []answer{created, conflict(upload, `{"code":409,"errorCode":1000}`, ""), started}, "pending", fault.None, 0},
		{"the level does not ask for it", []answer{created, conflict(upload, `{"code":409,"errorCode":1010}`, ""), started}, "pending", fault.None, 0},
		{"a corrupted file is missing", []answer{created, {upload, 400, `{"code":400,"errorCode":1004}`, ""}, conflict(pending, `{"code":409,"description":"Not all required documents"}`, ""), steps, handed}, "awaiting_subject", fault.None, 0},
		{"the upload meets a check", []answer{created, conflict(upload, `{"code":409,"errorCode":1006}`, ""), status}, "pending", fault.None, 0},
		{"the check runs already", []answer{created, stored, conflict(pending, `{"code":409,"errorCode":1006}`, ""), status}, "pending", fault.None, 0},
		{"incomplete", []answer{created, stored, conflict(pending, `{"code":409,"description":"Not all required documents"}`, ""), steps, handed}, "awaiting_subject", fault.None, 0},
		{"too early to say", []answer{created, stored, conflict(pending, `{"code":409,"description":"try again"}`, "10")}, "", fault.Transient, 10 * time.Second},
		{"deleted at the vendor", []answer{created, conflict(upload, `{"code":409,"errorCode":1008}`, "")}, "", fault.Invalid, 0},
		{"a bad request", []answer{created, {upload, 400, `{"code":400}`, ""}}, "", fault.Invalid, 0},
		{"a wrong signature", []answer{{created.on, 401, `{"code":401,"errorCode":4003}`, ""}}, "", fault.Unauthorized, 0},
		{"throttled", []answer{created, {upload, 429, `{"code":429}`, "7"}}, "", fault.RateLimited, 7 * time.Second},
		{"broken", []answer{created, {upload, 500, `{"code":500}`, ""}}, "", fault.Transient, 0},
		{"no level", []answer{{created.on, 404, `{"code":404}`, ""}}, "", fault.Invalid, 0},
		{"no word that the document is there", []answer{created, {upload, 200, `<html>welcome</html>`, ""}}, "", fault.Malformed, 0},
		{"no word that the check has begun", []answer{created, stored, {pending, 200, `<html>welcome</html>`, ""}}, "", fault.Malformed, 0},
		{"a word that it has not", []answer{created, stored, {pending, 200, `{"ok":0}`, ""}}, "", fault.Malformed, 0},
		{"an answer without an id", []answer{{created.on, 201, `{}`, ""}}, "", fault.Malformed, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := scripted(t, tt.answers...)
			reply, err := c.Send(t.Context(), passport)
			if fault.ClassOf(err) != tt.class || fault.RetryAfter(err) != tt.after {
				t.Fatalf("Send = %v (%q, after %v), want %q, after %v; asked %q", err, fault.ClassOf(err), fault.RetryAfter(err), tt.class, tt.after, s.asked)
			}
			if len(s.answers) > 0 {
				t.Errorf("not asked: %v", s.answers)
			}
			if tt.answers[0].status == 201 && len(reply.Ref) == 0 && tt.class != fault.Malformed {
				t.Error("the applicant is forgotten: no Ref")
			}
			if err != nil {
				return
			}
			if out, err := c.Read(reply); err != nil || out.Status != tt.status {
				t.Errorf("outcome = %+v, %v, want status %s", out, err, tt.status)
			}
		})
	}
}

func TestWhatCannotBeSentIsRefusedBeforeAnythingExists(t *testing.T) {
	stateless := person("ana@example.test", picture("SELFIE", "", 1))
	stateless.Documents[0].Country, stateless.Subject.Person.Info, stateless.Subject.Person.Address = "", nil, nil
	wrong := person("ana@example.test")
	wrong.Params = jsontext.Value(`{"lvl":"x"}`)
	foreign := person("ana@example.test")
	foreign.Ref = jsontext.Value(`"Kowalski"`)
	for name, r := range map[string]providers.Request{"no country": stateless, "params of no schema": wrong, "a ref of somebody else's": foreign} {
		s, c := scripted(t)
		_, err := c.Send(t.Context(), r)
		if class := fault.ClassOf(err); class != fault.Invalid && class != fault.Malformed || len(s.asked) > 0 {
			t.Errorf("%s: Send = %v after %q, want a refusal and no request", name, err, s.asked)
		}
	}
}

func TestAnExternalIDIsEscapedAsItIsSigned(t *testing.T) {
	r := person("ana@example.test", picture("PASSPORT", "", 1))
	r.ExternalID = "vrf_1.a b/c?d"
	s, c := scripted(t, answer{"POST /resources/applicants?", 409, `{"code":409,"description":"Applicant with external user id 'x' already exists: ` + id + `"}`, ""},
		answer{"GET /resources/applicants/-;externalUserId=vrf_1.a%20b%2Fc%3Fd/one", 200, `{"id":"` + id + `","review":{"reviewStatus":"init"}}`, ""}, stored, started)
	if _, err := c.Send(t.Context(), r); err != nil {
		t.Errorf("Send = %v, asked %q", err, s.asked)
	}
}

func TestScreeningIsReadOnlyWhenItMatters(t *testing.T) {
	base := "/resources/applicants/" + id
	for _, tt := range []struct {
		name, status string
		components   []string
		want         bool
	}{
		{"not asked for", `{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"}}`, []string{"document"}, false},
		{"asked for", `{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"}}`, []string{"aml"}, true},
		{"a list is named", `{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"RED","reviewRejectType":"FINAL","rejectLabels":["PEP"]}}`, []string{"document"}, true},
		{"asked for, and pending", `{"reviewStatus":"pending"}`, []string{"aml"}, false},
	} {
		s, c := scripted(t, answer{"GET " + base + "/status", 200, tt.status, ""}, answer{"GET " + base + "/requiredIdDocsStatus", 200, `{}`, ""},
			answer{"GET " + base + "/one", 200, `{"id":"a","review":` + tt.status + `}`, ""}, answer{"GET /resources/api/applicants/" + id + "/amlCase", 404, `{"code":404}`, ""})
		r := person("ana@example.test")
		r.Ref, r.Components = jsontext.Value(`{"id":"`+id+`"}`), tt.components
		if _, err := c.Poll(t.Context(), r); err != nil {
			t.Errorf("%s: Poll = %v, asked %q", tt.name, err, s.asked)
		}
		if got := slices.ContainsFunc(s.asked, func(a string) bool { return strings.HasSuffix(a, "/amlCase") }); got != tt.want {
			t.Errorf("%s: amlCase read %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestALinkThatRanOutIsReplaced(t *testing.T) {
	base := "/resources/applicants/" + id
	initial := answer{"GET " + base + "/status", 200, `{"reviewStatus":"init"}`, ""}
	steps := answer{"GET " + base + "/requiredIdDocsStatus", 200, `{"IDENTITY":null}`, ""}
	one := answer{"GET " + base + "/one", 200, `{"id":"a","review":{"reviewStatus":"init"}}`, ""}
	for until, want := range map[string]string{"2026-03-01T08:00:00Z": "https://in.example.test/websdk/p/abc", "2026-03-01T10:00:00Z": "https://in.example.test/old"} {
		_, c := scripted(t, initial, steps, one, handed)
		r := person("ana@example.test")
		r.Ref = jsontext.Value(`{"id":"` + id + `","link":"https://in.example.test/old","linkUntil":"` + until + `"}`)
		reply, err := c.Poll(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.Read(reply)
		if err != nil || len(out.Actions) != 1 || out.Actions[0].URL != want {
			t.Errorf("link until %s: outcome %+v, %v, want one link %s", until, out, err, want)
		}
	}
}

// What must not get out is in every field of a request; no error says any of it.
func TestErrorsSayNothingOfThePerson(t *testing.T) {
	secrets := []string{"Reyes", "ana@example.test", "1990-02-03", "Elm", "48600000000", "private", "api_secret", "Kowalski", "ubo-1"}
	for _, status := range []int{400, 401, 404, 409, 418, 429, 500, 302} {
		for _, answers := range [][]answer{{{"POST", status, `{"description":"Kowalski"}`, ""}, {"GET", status, `{"description":"Kowalski"}`, ""}}, {created, {"POST", status, `Kowalski`, ""}}} {
			for _, r := range []providers.Request{person("ana@example.test", picture("PASSPORT", "", 1)), business()} {
				_, c := scripted(t, answers...)
				_, err := c.Send(t.Context(), r)
				if err == nil {
					t.Errorf("status %d: Send succeeded", status)
					continue
				}
				for _, s := range secrets {
					if strings.Contains(err.Error(), s) {
						t.Errorf("status %d: error %q says %q", status, err, s)
					}
				}
			}
		}
	}
}

// After a crash between two steps the next Send goes on where the first one stopped.
func TestAPersonIsTiedToABusinessOnce(t *testing.T) {
	const other = "65ab00000000000000000002"
	exists := answer{on: "POST /resources/applicants?", status: 409, body: `{"code":409}`}
	company := answer{"GET /resources/applicants/-;externalUserId=vrf_2.kyb/one", 200, `{"id":"` + id + `","type":"company","review":{"reviewStatus":"init"},` +
		`"fixedInfo":{"companyInfo":{"beneficiaries":[{"applicantId":"` + other + `","types":["ubo"],"shareSize":60}]}}}`, ""}
	owner := answer{"GET /resources/applicants/-;externalUserId=vrf_2.kyb.43649479246e/one", 200, `{"id":"` + other + `","review":{"reviewStatus":"init"}}`, ""}
	s, c := scripted(t, exists, company, exists, owner, handed, started)
	if _, err := c.Send(t.Context(), business()); err != nil {
		t.Errorf("Send = %v, asked %q", err, s.asked)
	}
}
