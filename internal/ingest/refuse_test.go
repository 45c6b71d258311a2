package ingest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

// person returns a request whose person is the text.
func person(p string) string {
	return `{"flow":"person-test","subject":{"type":"person","person":` + p + `}}`
}

// with returns a sound request with further members.
func with(members string) string { return strings.TrimSuffix(minimal, "}") + "," + members + "}" }

func TestRequestsThatAreRefusedSayWhatIsWrongWithThem(t *testing.T) {
	r := newRig(t, nil)
	deep := strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)
	tests := []struct {
		name, body string
		status     int
		pointers   string
	}{
		{"empty body", "", 400, ""},
		{"not JSON", "flow=person", 400, ""},
		{"ends early", `{"flow":"person-test"`, 400, ""},
		{"ends in a string", `{"flow":"person-te`, 400, ""},
		{"ends in content", `{"documents":[{"content":"aGVs`, 400, ""},
		{"two values", minimal + minimal, 400, ""},
		{"trailing garbage", minimal + "x", 400, ""},
		{"unbalanced", `{"flow":]`, 400, ""},
		{"not UTF-8", `{"flow":"` + "\xff" + `"}`, 400, ""},
		{"too deep", deep, 400, ""},
		{"single quotes", `{'flow':'x'}`, 400, ""},
		{"control character in a string", "{\"flow\":\"a\nb\"}", 400, ""},
		{"no object", `[]`, 422, ""},
		{"null", `null`, 422, ""},
		{"empty object", `{}`, 422, "/flow /subject"},
		{"unknown flow", strings.Replace(minimal, "person-test", "nope", 1), 422, "/flow"},
		{"flow is no token", strings.Replace(minimal, "person-test", "No.Such", 1), 422, "/flow"},
		{"flow of wrong type", strings.Replace(minimal, `"person-test"`, "7", 1), 422, "/flow"},
		{"flow for businesses", strings.Replace(minimal, "person-test", "business-test", 1), 422, "/subject/type"},
		{"unknown member", with(`"colour":"red"`), 422, "/colour"},
		{"unknown members at several places", with(`"colour":1,"size":2`), 422, "/colour /size"},
		{"member in another case", with(`"Reference":"x"`), 422, "/Reference"},
		{"duplicate member", with(`"reference":"a","reference":"b"`), 422, "/reference"},
		{"duplicate member, escaped", with(`"reference":"a","\u0072eference":"b"`), 422, "/reference"},
		{"duplicate deep", person(`{"name":{"lastName":"a","lastName":"b"}}`), 422, "/subject/person/name/lastName"},
		{"null member", with(`"reference":null`), 422, "/reference"},
		{"reference of wrong type", with(`"reference":1`), 422, "/reference"},
		{"reference too long", with(`"reference":"` + strings.Repeat("x", 129) + `"`), 422, "/reference"},
		{"hold of wrong type", with(`"hold":"yes"`), 422, "/hold"},
		{"no person", `{"flow":"person-test","subject":{"type":"person"}}`, 422, "/subject/person"},
		{"company of a person", `{"flow":"person-test","subject":{"type":"person","person":{},"company":{}}}`, 422, "/subject/company"},
		{"no type", `{"flow":"person-test","subject":{"person":{}}}`, 422, "/subject/type"},
		{"unknown type", `{"flow":"person-test","subject":{"type":"robot","person":{}}}`, 422, "/subject/type"},
		{"unknown member of a person", person(`{"nickname":"J"}`), 422, "/subject/person/nickname"},
		{"pointer is escaped", person(`{"a/b~c":1}`), 422, "/subject/person/a~1b~0c"},
		{"birth date", person(`{"info":{"birthDate":"1983-02-30"}}`), 422, "/subject/person/info/birthDate"},
		{"birth date of another form", person(`{"info":{"birthDate":"03.07.1983"}}`), 422, "/subject/person/info/birthDate"},
		{"gender", person(`{"info":{"gender":"male"}}`), 422, "/subject/person/info/gender"},
		{"nationality", person(`{"info":{"nationality":"XX"}}`), 422, "/subject/person/info/nationality"},
		{"nationality alpha-3", person(`{"info":{"nationality":"POL"}}`), 422, "/subject/person/info/nationality"},
		{"country in lower case", person(`{"address":{"country":"pl"}}`), 422, "/subject/person/address/country"},
		{"empty country", person(`{"address":{"country":""}}`), 422, "/subject/person/address/country"},
		{"e-mail", person(`{"contact":{"email":"jan"}}`), 422, "/subject/person/contact/email"},
		{"e-mail with a name", person(`{"contact":{"email":"Jan <jan@example.test>"}}`), 422, "/subject/person/contact/email"},
		{"phone", person(`{"contact":{"phone":"600 000 000"}}`), 422, "/subject/person/contact/phone"},
		{"currency", person(`{"ids":{"accounts":[{"currency":"PLN"},{"currency":"zl"}]}}`), 422, "/subject/person/ids/accounts/1/currency"},
		{"every fault at once", person(`{"info":{"birthDate":"x","nationality":"ZZ"},"contact":{"email":"x","phone":"y"}}`), 422,
			"/subject/person/contact/email /subject/person/contact/phone /subject/person/info/birthDate /subject/person/info/nationality"},
		{"form and flow at once", strings.Replace(with(`"colour":1`), "person-test", "nope", 1), 422, "/colour /flow"},
		{"member of wrong type and flow at once", strings.Replace(with(`"hold":"yes"`), "person-test", "nope", 1), 422, "/flow /hold"},
		{"member twice and flow at once", strings.Replace(with(`"reference":"a","reference":"b"`), "person-test", "nope", 1), 422, "/flow /reference"},
		{"subject of wrong type and flow at once", `{"flow":"nope","subject":[]}`, 422, "/flow /subject"},
		{"deep member of wrong type and flow for businesses", strings.Replace(person(`{"contact":{"email":5}}`), "person-test", "business-test", 1), 422,
			"/subject/person/contact/email /subject/type"},
		{"the same person twice and a member of wrong type", strings.Replace(business, `]}]}`, `]},{"reference":"ubo-1","person":{}}],"hold":1}`, 1), 422,
			"/associatedPersons/1/reference /hold"},
		{"persons of a person", with(`"associatedPersons":[{"reference":"a","person":{}}]`), 422, "/associatedPersons"},
		{"the same person twice", strings.Replace(business, `]}]}`, `]},{"reference":"ubo-1","person":{}}]}`, 1), 422, "/associatedPersons/1/reference"},
		{"person without reference", strings.Replace(business, `"reference":"ubo-1",`, "", 1), 422, "/associatedPersons/0/reference"},
		{"ownership", strings.Replace(business, `:25`, ":101", 1), 422, "/associatedPersons/0/ownership"},
		{"return address in clear", with(`"returnUrl":"http://shop.example/"`), 422, "/returnUrl"},
		{"call back here", with(`"callbackUrl":"https://127.0.0.1/hook"`), 422, "/callbackUrl"},
		{"metadata of wrong type", with(`"metadata":{"a":1}`), 422, "/metadata/a"},
		{"metadata with a name too long", with(`"metadata":{"` + strings.Repeat("n", 65) + `":"x"}`), 422, "/metadata/" + strings.Repeat("n", 65)},
		{"document type", with(`"documents":[{"type":"LIBRARY_CARD","content":"` + jpeg64 + `"}]`), 422, "/documents/0/type"},
		{"document side", with(`"documents":[{"type":"PASSPORT","side":"LEFT","content":"` + jpeg64 + `"}]`), 422, "/documents/0/side"},
		{"document country", with(`"documents":[{"type":"PASSPORT","country":"POLAND","content":"` + jpeg64 + `"}]`), 422, "/documents/0/country"},
		{"document without content", with(`"documents":[{"type":"PASSPORT"}]`), 422, "/documents/0/content"},
		{"document empty", with(`"documents":[{"type":"PASSPORT","content":""}]`), 422, "/documents/0/content"},
		{"content of wrong type", with(`"documents":[{"type":"PASSPORT","content":1}]`), 422, "/documents/0/content"},
		{"content is not base64", with(`"documents":[{"type":"PASSPORT","content":"/9j/4A*="}]`), 422, "/documents/0/content"},
		{"content without padding", with(`"documents":[{"type":"PASSPORT","content":"` + strings.TrimRight(jpeg64+"/w==", "=") + `"}]`), 422, "/documents/0/content"},
		{"content is no picture", with(`"documents":[{"type":"PASSPORT","content":"aGVsbG8gd29ybGQ="}]`), 422, "/documents/0/content"},
		{"content that claims to be lifted", with(`"documents":[{"type":"PASSPORT","content":"#0"}]`), 422, "/documents/0/content"},
		{"content twice", with(`"documents":[{"type":"PASSPORT","content":"` + jpeg64 + `","content":"` + jpeg64 + `"}]`), 422, "/documents/0/content"},
		{"second document", with(`"documents":[{"type":"PASSPORT","content":"` + jpeg64 + `"},{"type":"X","content":"aGVsbG8="}]`), 422, "/documents/1/content /documents/1/type"},
		{"too many documents", with(`"documents":[` + strings.TrimSuffix(strings.Repeat(`{"type":"SELFIE","content":"`+jpeg64+`"},`, 33), ",") + `]`), 422, "/documents"},
		{"too many members", `{"metadata":[` + strings.Repeat("1,", 10_001) + `1]}`, 413, ""},
		{"too large", with(`"reference":"` + strings.Repeat("x", 1<<20) + `"`), 413, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.call("POST", "/v1/verifications", acme, tt.body)
			if p.status != tt.status {
				t.Fatalf("status = %d, want %d; answer %s; request %.300s", p.status, tt.status, p.body, tt.body)
			}
			got := p.problem(t)
			if got.Status != tt.status || !strings.HasPrefix(got.Type, "https://bonafide-id.github.io/problems/") || got.Title == "" {
				t.Errorf("problem = %s, want status %d, a type and a title", p.body, tt.status)
			}
			if have := pointers(got); tt.status == 422 && have != tt.pointers {
				t.Errorf("pointers = %q, want %q; answer %s; request %.300s", have, tt.pointers, p.body, tt.body)
			}
		})
	}
	if n := r.blobCount(); n != 0 {
		t.Errorf("%d documents of refused requests are kept, want 0", n)
	}
	if in := r.inputs(); len(in) != 0 {
		t.Errorf("%d inputs, want none; the first is %s", len(in), in[0].Event.Data.Type())
	}
}

func pointers(p events.Problem) string {
	var all []string
	for _, e := range p.Errors {
		all = append(all, e.Pointer)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// Who asks for a flow that comes with the program is told which providers it would need.
func TestAFlowWithoutItsProvidersIsRefusedByTheirNames(t *testing.T) {
	r := newRig(t, func(c *ingest.Config) {
		set, err := flow.Load(flowDir(t), acmeOnly{})
		if err != nil {
			t.Fatal(err)
		}
		c.Flows = set
	})
	p := r.call("POST", "/v1/verifications", acme, strings.Replace(minimal, "person-test", "sumsub-person", 1)).problem(t)
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/flow" || !strings.Contains(p.Errors[0].Detail, "not configured here: sumsub") {
		t.Errorf("problem %+v, want that sumsub is not configured", p)
	}
}

// acmeOnly is a catalog of one vendor.
type acmeOnly struct{}

func (acmeOnly) Provider(name string) (flow.Facts, bool) {
	return flow.Facts{Components: []string{"document"}, Subjects: []string{"person", "business"}}, name == "acme"
}

func (acmeOnly) Names() []string { return []string{"acme"} }

func TestRequestsAreRefusedForWhoSendsThemAndHow(t *testing.T) {
	r := newRig(t, nil)
	v := r.open(minimal).ID
	tests := []struct {
		name, method, path, key string
		body                    any
		headers                 []string
		status                  int
	}{
		{"no key", "POST", "/v1/verifications", "", minimal, nil, 401},
		{"wrong key", "POST", "/v1/verifications", "guess", minimal, nil, 401},
		{"basic", "POST", "/v1/verifications", acme, minimal, []string{"Authorization", "Basic YWNtZQ=="}, 401},
		{"no scope", "POST", "/v1/verifications", reader, minimal, nil, 403},
		{"write does not read", "GET", "/v1/verifications/" + v, writer, nil, nil, 403},
		{"write does not review", "POST", "/v1/verifications/" + v + "/reviews", writer, `{"result":"true","reason":"x"}`, nil, 403},
		{"read does not read subjects", "GET", "/v1/verifications/" + v + "?include=subject", reader, nil, nil, 403},
		{"subjects cannot be read here", "GET", "/v1/verifications/" + v + "?include=subject", acme, nil, nil, 501},
		{"read does not read what is verified", "GET", "/v1/verifications/" + v + "?format=verified_claims", reader, nil, nil, 403},
		{"what is verified cannot be read here", "GET", "/v1/verifications/" + v + "?format=verified_claims", acme, nil, nil, 501},
		{"unknown format", "GET", "/v1/verifications/" + v + "?format=xml", acme, nil, nil, 400},
		{"a format and more", "GET", "/v1/verifications/" + v + "?format=verified_claims&include=subject", acme, nil, nil, 400},
		{"unknown include", "GET", "/v1/verifications/" + v + "?include=all", acme, nil, nil, 400},
		{"content type", "POST", "/v1/verifications", acme, minimal, []string{"Content-Type", "text/plain"}, 415},
		{"no content type", "POST", "/v1/verifications", acme, minimal, []string{"Content-Type", ""}, 415},
		{"charset", "POST", "/v1/verifications", acme, minimal, []string{"Content-Type", "application/json; charset=iso-8859-1"}, 415},
		{"compressed", "POST", "/v1/verifications", acme, minimal, []string{"Content-Encoding", "gzip"}, 415},
		{"documents as text", "POST", "/v1/verifications/" + v + "/documents", acme, "x", []string{"Content-Type", "text/plain"}, 415},
		{"event as XML", "POST", "/v1/events", acme, "x", []string{"Content-Type", "application/cloudevents+xml"}, 415},
		{"no event", "POST", "/v1/events", acme, minimal, nil, 400},
		{"unknown verification", "GET", "/v1/verifications/vrf_00000000000000000000000000", acme, nil, nil, 404},
		{"no id", "GET", "/v1/verifications/x", acme, nil, nil, 404},
		{"no such path", "GET", "/v2", acme, nil, nil, 404},
		{"no such method", "PUT", "/v1/verifications/" + v, acme, "x", nil, 405},
		{"review without reason", "POST", "/v1/verifications/" + v + "/reviews", acme, `{"result":"true"}`, nil, 422},
		{"review flagged", "POST", "/v1/verifications/" + v + "/reviews", acme, `{"result":"maybe","reason":"x"}`, nil, 422},
		{"cancel with prose", "POST", "/v1/verifications/" + v + "/cancel", acme, `{"reason":"Jan does not want it"}`, nil, 422},
		{"body where none belongs", "POST", "/v1/verifications/" + v + "/submit", acme, `{"now":true}`, nil, 422},
		{"key of nothing", "POST", "/v1/verifications", acme, minimal, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400},
		{"unknown vendor", "POST", "/webhooks/nobody", "", "x", nil, 404},
		{"timeline of all as a page", "GET", "/v1/timeline", acme, nil, nil, 406},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.call(tt.method, tt.path, tt.key, tt.body, tt.headers...)
			if p.status != tt.status {
				t.Fatalf("%s %s = %d, want %d; answer %s", tt.method, tt.path, p.status, tt.status, p.body)
			}
			if got := p.problem(t); got.Status != tt.status {
				t.Errorf("problem %s, want status %d", p.body, tt.status)
			}
			if tt.status == 401 && p.header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate with 401")
			}
		})
	}
}
