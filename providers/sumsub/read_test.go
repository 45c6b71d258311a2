package sumsub

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// What the vendor says of an applicant, as its documentation shows it.
const (
	greenStatus = `{"reviewId":"abcDE","attemptId":"fghIJ","attemptCnt":1,"levelName":"basic-kyc-level","createDate":"2025-08-22 02:30:02+0000",` +
		`"reviewDate":"2025-08-22 02:32:58+0000","reviewResult":{"reviewAnswer":"GREEN"},"reviewStatus":"completed","priority":0}`
	greenSteps = `{"IDENTITY":{"reviewResult":{"reviewAnswer":"GREEN"},"country":"GBR","idDocType":"PASSPORT","imageIds":[1],"imageReviewResults":{"1":{"reviewAnswer":"GREEN"}},"forbidden":false},` +
		`"SELFIE":{"reviewResult":{"reviewAnswer":"GREEN"},"country":"GBR","idDocType":"SELFIE","imageIds":[2],"imageReviewResults":{"2":{"reviewAnswer":"GREEN"}}}}`
	greenApplicant = `{"id":"65ab00000000000000000001","createdAt":"2025-08-22 02:22:35","inspectionId":"65ab00000000000000000001","externalUserId":"vrf_1.identity",` +
		`"info":{"firstName":"ANA","lastName":"REYES","dob":"1990-02-03","country":"GBR","nationality":"GBR","gender":"F","addresses":[{"country":"GBR","postCode":"AA1 1AA","town":"Leeds","street":"1 Elm Rd"}],` +
		`"idDocs":[{"idDocType":"PASSPORT","country":"GBR","issuedDate":"2020-01-01","validUntil":"2030-01-01","number":"X1","termless":false}]},` +
		`"applicantPlatform":"API","requiredIdDocs":{"docSets":[{"idDocSetType":"IDENTITY","types":["PASSPORT","ID_CARD"]},{"idDocSetType":"SELFIE","types":["SELFIE"]}]},` +
		`"review":` + greenStatus + `,"lang":"en","type":"individual","riskLabels":{},"questionnaires":[]}`
	brokenSides = `{"IDENTITY":{"reviewResult":{"moderationComment":"Upload the front side.","reviewAnswer":"RED"},"country":"GBR","idDocType":"ID_CARD","imageIds":[122352326,34246467],` +
		`"imageReviewResults":{"34246467":{"reviewAnswer":"GREEN"},"122352326":{"moderationComment":"Upload the front side.","clientComment":"One side is missing.","reviewAnswer":"RED",` +
		`"rejectLabels":["DOCUMENT_PAGE_MISSING","FRONT_SIDE_MISSING"],"reviewRejectType":"RETRY"}},"forbidden":false,"doubleSided":true,"stepStatuses":null},` +
		`"SELFIE":{"reviewResult":{"reviewAnswer":"GREEN"},"country":"GBR","idDocType":"SELFIE","imageIds":[181314576],"imageReviewResults":{"181314576":{"reviewAnswer":"GREEN"}}}}`
)

// red is the status of a rejection.
func redStatus(kind string, labels ...string) string {
	quoted := ""
	for i, l := range labels {
		if i > 0 {
			quoted += ","
		}
		quoted += strconv.Quote(l)
	}
	return `{"attemptCnt":1,"createDate":"2025-08-22 02:30:02+0000","reviewDate":"2025-08-22 02:32:58+0000","reviewStatus":"completed",` +
		`"reviewResult":{"moderationComment":"Please try again.","clientComment":"SECRET REMARK","reviewAnswer":"RED","rejectLabels":[` + quoted + `],"reviewRejectType":"` + kind + `","buttonIds":[]}}`
}

// heard makes a reply of pairs of operation and body. An operation may end in "=409".
func heard(asked string, pairs ...string) providers.Reply {
	r := providers.Reply{At: time.Date(2025, 8, 22, 3, 0, 0, 0, time.UTC)}
	r.Ref = jsontext.Value(`{"id":"65ab00000000000000000001"}`)
	if asked != "" {
		r.Ref = jsontext.Value(`{"id":"65ab00000000000000000001","asked":["` + strings.ReplaceAll(asked, " ", `","`) + `"]}`)
	}
	for i := 0; i < len(pairs); i += 2 {
		op, code, _ := strings.Cut(pairs[i], "=")
		e := providers.Exchange{Op: op, Status: http.StatusOK, MediaType: "application/json", Body: []byte(pairs[i+1])}
		if code != "" {
			e.Status, _ = strconv.Atoi(code)
		}
		r.Exchanges = append(r.Exchanges, e)
	}
	return r
}

// short writes an outcome in a line: status, findings and actions in order.
func short(o providers.Outcome) string {
	var b strings.Builder
	b.WriteString(o.Status)
	for _, f := range o.Findings {
		b.WriteString(" " + f.Component + "=" + f.Result)
		if len(f.Reasons) > 0 {
			b.WriteString("(" + strings.Join(f.Reasons, ",") + ")")
		}
	}
	for _, a := range o.Actions {
		b.WriteString(" " + a.Type + ":" + a.Document + ":" + a.Side)
	}
	if len(o.Unknown) > 0 {
		b.WriteString(" ?" + strings.Join(o.Unknown, ","))
	}
	return b.String()
}

func status(word string) string { return strings.Replace(greenStatus, "completed", word, 1) }

func TestRead(t *testing.T) {
	replace := strings.NewReplacer
	tests := []struct {
		name  string
		reply providers.Reply
		want  string
	}{
		{"green", heard("document selfie", opStatus, greenStatus, opSteps, greenSteps, opRead, greenApplicant),
			"completed birth_date=true document=true name=true selfie=true"},
		{"green of a live selfie", heard("", opStatus, greenStatus, opSteps, strings.ReplaceAll(greenSteps, `"SELFIE","imageIds"`, `"VIDEO_SELFIE","imageIds"`), opRead, greenApplicant),
			"completed birth_date=true document=true liveness=true name=true selfie=true"},
		{"green on the hosted page", heard("", opStatus, greenStatus, opSteps, greenSteps, opRead, strings.Replace(greenApplicant, `"API"`, `"Web"`, 1)),
			"completed birth_date=true document=true liveness=true name=true selfie=true"},
		{"green without steps says nothing", heard("document", opStatus, greenStatus, opSteps, `{}`), "completed"},
		{"green beside a step that was not taken", heard("", opStatus, greenStatus, opSteps, `{"IDENTITY":null,"PROOF_OF_RESIDENCE2":{"reviewResult":{"reviewAnswer":"GREEN"},"idDocType":"UTILITY_BILL"}}`),
			"completed address=true"},
		{"rejected and approved within one reading", heard("", opStatus, redStatus(final, "FORGERY"), opSteps, greenSteps, opRead, greenApplicant), "pending"},
		{"reset within one reading", heard("", opStatus, greenStatus, opSteps, greenSteps, opRead, strings.Replace(greenApplicant, "completed", "init", 1)), "pending"},
		{"green over a refused step", heard("", opStatus, greenStatus, opSteps, brokenSides),
			"completed birth_date=flagged(manual_review) document=flagged(manual_review) name=flagged(manual_review) selfie=true"},
		{"green over a step that still waits", heard("", opStatus, greenStatus, opSteps, `{"PROOF_OF_RESIDENCE":{"idDocType":"UTILITY_BILL","imageIds":[1]}}`),
			"completed address=unknown(inconclusive)"},
		{"green with risk labels", heard("", opStatus, greenStatus, opSteps, greenSteps, opRead, strings.Replace(greenApplicant, `"riskLabels":{}`, `"riskLabels":{"attemptId":"x","document":["maybeExpiredDoc"],"device":["vpnUsage"],"novelty":["x"],"email":[]}`, 1)),
			"completed birth_date=true document=flagged(document_anomaly) fraud=flagged(suspicious_device) name=true selfie=true ?novelty"},
		{"green with risk labels, as a whole", heard("document person", opStatus, greenStatus, opSteps, greenSteps, opRead, strings.Replace(greenApplicant, `"riskLabels":{}`, `"riskLabels":{"document":["maybeExpiredDoc"],"crossCheck":["x"],"person":["y"]}`, 1)),
			"completed birth_date=true document=flagged(document_anomaly) name=flagged(small_inconsistency) person=flagged(small_inconsistency,document_anomaly) selfie=true"},

		{"asked to screen, no case", heard("aml", opStatus, greenStatus, opSteps, `{}`, opRead, greenApplicant, opAML+"=404", `{"code":404}`), "completed aml=true"},
		{"asked to screen, not read", heard("aml", opStatus, greenStatus, opSteps, `{}`), "completed aml=unknown(not_checked)"},
		{"a hit ruled out", heard("aml", opStatus, greenStatus, opAML, `{"review":{"reviewAnswer":"GREEN"},"hits":[{"review":{"matchStatus":"false_positive"},"riskLabels":["pep"]}]}`), "completed aml=true"},
		{"a hit that is open", heard("aml", opStatus, greenStatus, opAML, `{"hits":[{"review":{"matchStatus":"potential_match"},"riskLabels":["pep"]}]}`),
			"completed aml=flagged(possible_list_match)"},
		{"a hit of an unknown kind", heard("aml", opStatus, greenStatus, opAML, `{"hits":[{"review":{"matchStatus":"maybe"},"riskLabels":[]}]}`), "completed aml=flagged(possible_list_match)"},
		{"a true hit beside green", heard("aml", opStatus, greenStatus, opAML, `{"review":{"reviewAnswer":"RED"},"hits":[{"review":{"matchStatus":"true_positive"},"riskLabels":["sanctions"]}]}`),
			"completed aml=false(sanctions_hit)"},
		{"an open case without hits", heard("aml", opStatus, greenStatus, opAML, `{"review":{"reviewAnswer":"RED"},"hits":[]}`), "completed aml=flagged(possible_list_match)"},

		{"final for what a label names", heard("document selfie", opStatus, redStatus(final, "FORGERY"), opSteps, greenSteps), "completed document=false(forged) selfie=unknown(inconclusive)"},
		{"final for the applicant as a whole", heard("document selfie", opStatus, redStatus(final, "BLOCKLIST"), opSteps, greenSteps), "completed document=false(blocklisted) selfie=false(blocklisted)"},
		{"final with a list", heard("document aml", opStatus, redStatus(final, "SANCTIONS", "PEP"), opSteps, greenSteps), "completed aml=false(sanctions_hit,pep_hit) document=unknown(inconclusive)"},
		{"final for a list is final for the person", heard("document person", opStatus, redStatus(final, "SANCTIONS", "PEP"), opSteps, greenSteps),
			"completed aml=false(sanctions_hit,pep_hit) document=unknown(inconclusive) person=false(pep_hit,sanctions_hit)"},
		{"final without a word is final for the person", heard("person", opStatus, redStatus(final)), "completed person=false(other)"},
		{"approved as a person", heard("person", opStatus, greenStatus), "completed person=true"},
		{"retry is no word on the person", heard("person", opStatus, redStatus(retry, "OTHER"), opSteps, greenSteps), "awaiting_subject person=unknown(inconclusive) resubmit:PASSPORT:"},
		{"yellow is a doubt about the person", heard("person", opStatus, strings.Replace(greenStatus, green, yellow, 1)), "completed person=flagged(manual_review)"},
		{"final with a label that is new", heard("document", opStatus, redStatus(final, "BRAND_NEW"), opSteps, greenSteps), "completed document=false(vendor_word_unknown) ?BRAND_NEW"},
		{"final with prose for a label", heard("document", opStatus, redStatus(final, "Ana Reyes lied"), opSteps, greenSteps), "completed document=false(vendor_word_unknown) ?unreadable"},
		{"final without a word", heard("document selfie", opStatus, redStatus(final)), "completed document=false(other) selfie=false(other)"},
		{"final with a refused step", heard("document selfie", opStatus, redStatus(final), opSteps, `{"SELFIE":{"reviewResult":{"reviewAnswer":"RED"},"idDocType":"SELFIE"}}`),
			"completed selfie=false(other) document=unknown(inconclusive)"},
		{"final for a document is final for the business", heard("registry business", opRead, `{"id":"a","type":"company","review":`+redStatus(final, "FORGERY")+`}`), "completed document=false(forged) registry=unknown(inconclusive) business=false(forged)"},
		{"final of a business", heard("", opRead, `{"id":"a","type":"company","review":`+redStatus(final, "COMPANY_INACTIVE_ENTITY")+`}`), "completed registry=false(company_inactive)"},

		{"retry of one side", heard("document selfie", opStatus, redStatus(retry, "DOCUMENT_PAGE_MISSING"), opSteps, brokenSides),
			"awaiting_subject document=unknown(missing_page,missing_side) selfie=unknown(inconclusive) resubmit:ID_CARD:FRONT"},
		{"retry of the back", heard("document", opStatus, redStatus(retry), opSteps, replace(`"34246467":{"reviewAnswer":"GREEN"}`, `"34246467":{"reviewAnswer":"RED","rejectLabels":["LOW_QUALITY"],"reviewRejectType":"RETRY"}`,
			`"moderationComment":"Upload the front side.","clientComment":"One side is missing.","reviewAnswer":"RED"`, `"reviewAnswer":"GREEN"`).Replace(brokenSides)),
			"awaiting_subject document=unknown(blurred) resubmit:ID_CARD:BACK"},
		{"retry of a whole step", heard("document", opStatus, redStatus(retry, "NOT_DOCUMENT"), opSteps, `{"IDENTITY":{"reviewResult":{"reviewAnswer":"RED"},"idDocType":"DRIVERS","imageIds":[1,2],"doubleSided":true}}`),
			"awaiting_subject document=unknown(wrong_document) resubmit:DRIVERS_LICENSE:FRONT resubmit:DRIVERS_LICENSE:BACK"},
		{"retry of a blurred bill is about the address", heard("address", opStatus, redStatus(retry, "LOW_QUALITY"), opSteps, `{"PROOF_OF_RESIDENCE":{"reviewResult":{"reviewAnswer":"RED"},"idDocType":"UTILITY_BILL","imageIds":[1]}}`),
			"awaiting_subject address=unknown(blurred) resubmit:PROOF_OF_ADDRESS:"},
		{"retry of typed data", heard("name", opStatus, redStatus(retry, "PROBLEMATIC_APPLICANT_DATA"), opSteps, greenSteps), "awaiting_subject name=unknown(data_mismatch) correct_data::"},
		{"retry with a label that implies a document", heard("selfie", opStatus, redStatus(retry, "BAD_SELFIE"), opSteps, `{}`), "awaiting_subject selfie=unknown(bad_selfie) resubmit:SELFIE:"},
		{"retry with nothing to go by", heard("document", opStatus, redStatus(retry, "OTHER"), opSteps, greenSteps), "awaiting_subject document=unknown(inconclusive) resubmit:PASSPORT:"},

		{"red of an unknown kind", heard("document", opStatus, redStatus("LATER", "FORGERY"), opSteps, greenSteps), "completed document=unknown(inconclusive) ?LATER"},
		{"red of no kind", heard("document", opStatus, redStatus("", "FORGERY"), opSteps, greenSteps), "completed document=unknown(inconclusive)"},
		{"yellow", heard("document", opStatus, strings.Replace(greenStatus, green, yellow, 1), opSteps, greenSteps), "completed document=flagged(manual_review)"},
		{"an unknown answer", heard("document", opStatus, strings.Replace(greenStatus, green, "PURPLE", 1), opSteps, greenSteps), "completed document=unknown(inconclusive) ?PURPLE"},
		{"completed without an answer", heard("document", opStatus, `{"reviewStatus":"completed","reviewResult":null}`), "completed document=unknown(inconclusive)"},

		{"pending shows the old answer", heard("document", opStatus, status("pending"), opSteps, greenSteps), "pending"},
		{"queued", heard("", opStatus, status("queued")), "pending"},
		{"prechecked", heard("", opStatus, status("prechecked")), "pending"},
		{"waiting for a service shows green", heard("", opStatus, status("awaitingService"), opSteps, greenSteps), "pending"},
		{"waiting for the user", heard("", opStatus, status("awaitingUser")), "awaiting_subject"},
		{"on hold", heard("", opStatus, status("onHold"), opSteps, greenSteps), "in_review"},
		{"reset shows green", heard("document", opStatus, status("init"), opSteps, greenSteps, opRead, strings.Replace(greenApplicant, "completed", "init", 1)), "awaiting_subject"},
		{"a status nobody knows", heard("document", opStatus, status("celebrating"), opSteps, greenSteps), "in_review ?celebrating"},

		{"created, uploaded, asked", heard("", opCreate, `{"id":"a","review":{"reviewStatus":"init"}}`, opDocument, `{"idDocType":"PASSPORT","country":"GBR"}`, opCheck, `{"ok":1}`), "pending"},
		{"asked twice", heard("", opFind, `{"id":"a","review":{"reviewStatus":"init"}}`, opCheck+"=409", `{"code":409,"errorCode":1006}`), "pending"},
		{"refused at once", heard("", opCreate, `{"id":"a","review":{"reviewStatus":"init"}}`, opDocument, `{"idDocType":"ID_CARD","errors":["dataNotReadable"],"warnings":["maybeExpiredDoc"]}`, opCheck+"=409", `{"code":409}`, opSteps, `{}`, opLink, `{"url":"https://in.example.test/x"}`),
			"awaiting_subject resubmit:ID_CARD:FRONT resubmit:ID_CARD:BACK open_link::"},
		{"a step for which nothing came", heard("", opCreate, `{"id":"a","review":{"reviewStatus":"init"},"requiredIdDocs":{"docSets":[{"idDocSetType":"SELFIE","types":["SELFIE"]},{"idDocSetType":"QUESTIONNAIRE"}]}}`, opCheck+"=409", `{}`, opSteps, `{"SELFIE":null,"QUESTIONNAIRE":null}`),
			"awaiting_subject resubmit:SELFIE:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(tt.reply)
			if err != nil {
				t.Fatalf("Read = %v", err)
			}
			if short(got) != tt.want {
				t.Errorf("Read\n got %s\nwant %s", short(got), tt.want)
			}
			checkWords(t, got)
		})
	}
}

// checkWords checks what holds for every outcome.
func checkWords(t testing.TB, o providers.Outcome) {
	t.Helper()
	for _, f := range o.Findings {
		if !slices.Contains([]string{"true", "false", "flagged", "unknown"}, f.Result) || !slices.Contains(Definition.Spec.Components, f.Component) && !slices.Contains([]string{"document"}, f.Component) {
			t.Errorf("finding %+v is not in our words", f)
		}
		if f.Confidence < 0 || f.Confidence > 100 || f.Reasoning == "" {
			t.Errorf("finding %+v has no confidence or reasoning", f)
		}
		for _, code := range f.Reasons {
			if _, ok := providers.ReasonText(code); !ok {
				t.Errorf("finding %s: reason %q is not ours", f.Component, code)
			}
		}
		for _, l := range f.Labels {
			if l != code(l) {
				t.Errorf("label %q is not a code", l)
			}
		}
	}
	for _, a := range o.Actions {
		for _, code := range a.Reasons {
			if _, ok := providers.ReasonText(code); !ok {
				t.Errorf("action %s: reason %q is not ours", a.Type, code)
			}
		}
		if strings.Contains(a.Message, "SECRET REMARK") || strings.Contains(a.Message, "One side is missing") {
			t.Errorf("action shows the comment for the client: %q", a.Message)
		}
	}
}

func TestWhatCannotBeReadIsMalformedAndNotRepeated(t *testing.T) {
	const canary = "Kowalski"
	for name, reply := range map[string]providers.Reply{
		"nothing":           heard(""),
		"empty":             heard("", opStatus, ``),
		"null":              heard("", opStatus, `null`),
		"no status":         heard("", opStatus, `{"reviewAnswer":"GREEN"}`),
		"truncated":         heard("", opStatus, greenStatus[:60]+canary),
		"HTML":              heard("", opStatus, `<html>`+canary),
		"an array":          heard("", opStatus, `["`+canary+`"]`),
		"the wrong type":    heard("", opStatus, `{"reviewStatus":{"name":"`+canary+`"}}`),
		"twice":             heard("", opStatus, `{"reviewStatus":"completed","reviewStatus":"init"}`),
		"another case":      heard("", opStatus, `{"reviewStatus":"init","ReviewStatus":"completed"}`),
		"deep":              heard("", opStatus, strings.Repeat(`{"a":`, 10_000)),
		"steps of a kind":   heard("", opStatus, greenStatus, opSteps, `[]`),
		"steps that are no": heard("", opStatus, greenStatus, opSteps, `null`),
		"only an error":     heard("", opStatus+"=500", `{"reviewStatus":"completed"}`),
		"another's ref":     {Ref: jsontext.Value(`["` + canary + `"]`), Exchanges: heard("", opStatus, greenStatus).Exchanges},
	} {
		out, err := Read(reply)
		if fault.ClassOf(err) != fault.Malformed || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: Read = %s, %v, want a malformed error that repeats nothing", name, short(out), err)
		}
	}
}

func TestWhatTheVendorReadIsExtracted(t *testing.T) {
	out, err := Read(heard("", opStatus, greenStatus, opSteps, greenSteps, opRead, greenApplicant))
	if err != nil || out.Extracted == nil {
		t.Fatalf("Read = %+v, %v, want something extracted", out, err)
	}
	p := out.Extracted
	if p.Name.FirstName != "ANA" || p.Info.BirthDate != "1990-02-03" || p.Info.Nationality != "GB" || p.Info.Gender != "FEMALE" ||
		p.Address.Country != "GB" || p.IDs.Passport.ID != "X1" || p.IDs.Passport.IssueCountry != "GB" {
		t.Errorf("extracted name %+v, info %+v, address %+v, passport %+v", p.Name, p.Info, p.Address, p.IDs.Passport)
	}
	i := slices.IndexFunc(out.Findings, func(f providers.Finding) bool { return f.Component == "document" })
	if want := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC); !out.Findings[i].Expires.Equal(want) {
		t.Errorf("document expires %v, want %v", out.Findings[i].Expires, want)
	}
}

func TestObservedAtFollowsTheVendorsClock(t *testing.T) {
	reply := heard("", opStatus, greenStatus)
	out, _ := Read(reply)
	if want := time.Date(2025, 8, 22, 2, 32, 58, 1e6, time.UTC); !out.ObservedAt.Equal(want) {
		t.Errorf("without Date observed at %v, want the review's %v", out.ObservedAt, want)
	}
	reply.Exchanges[0].Header = map[string]string{"Date": "Fri, 22 Aug 2025 02:40:00 GMT"}
	first, _ := Read(reply)
	reply.Exchanges[0].Body = []byte(strings.Replace(greenStatus, `"attemptCnt":1`, `"attemptCnt":2`, 1))
	second, _ := Read(reply)
	if want := time.Date(2025, 8, 22, 2, 40, 0, 1e6, time.UTC); !first.ObservedAt.Equal(want) || !second.ObservedAt.After(first.ObservedAt) {
		t.Errorf("observed at %v and %v, want %v and later: two attempts of one second are in order", first.ObservedAt, second.ObservedAt, want)
	}
}

func TestBothTimeLayoutsAreRead(t *testing.T) {
	for s, want := range map[string]time.Time{
		"2025-08-22 02:22:35":      time.Date(2025, 8, 22, 2, 22, 35, 0, time.UTC),
		"2025-08-22 02:22:35.704":  time.Date(2025, 8, 22, 2, 22, 35, 704e6, time.UTC),
		"2025-08-22 02:22:35+0000": time.Date(2025, 8, 22, 2, 22, 35, 0, time.UTC),
		"2025-08-22 04:22:35+0200": time.Date(2025, 8, 22, 2, 22, 35, 0, time.UTC),
	} {
		if got, err := parseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("parseTime(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
}

func TestACommentIsShownOnlyWhenItIsFit(t *testing.T) {
	for comment, want := range map[string]string{
		"  Please upload a sharper photo. ":     "Please upload a sharper photo.",
		"Please contact ${clientSupportEmail}.": "",
		strings.Repeat("x", longest+1):          "",
	} {
		if got := message(&result{ModerationComment: comment}); got != want {
			t.Errorf("message(%.40q) = %.40q, want %q", comment, got, want)
		}
	}
}

// What the vendor found of a company is told where it is known to be no claim.
func TestWhatWasFoundOfACompanyIsTold(t *testing.T) {
	for what, tt := range map[string]struct{ applicant, want string }{
		"found beside what was claimed": {`"fixedInfo":{"companyInfo":{"companyName":"Tern"}},"info":{"companyInfo":{"companyName":"TERN LTD","registrationNumber":"123","country":"GBR","legalAddress":"1 Elm Rd"}}`, "TERN LTD 123 GB 1 Elm Rd"},
		"nothing found yet":             {`"fixedInfo":{"companyInfo":{"companyName":"Tern"}},"info":{}`, ""},
		"made by somebody else":         {`"info":{"companyInfo":{"companyName":"TERN LTD"}}`, ""},
	} {
		o, err := Read(providers.Reply{Ref: jsontext.Value(`{"id":"1","asked":["registry"]}`), Exchanges: []providers.Exchange{
			{Op: "status", Status: 200, Body: []byte(`{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"}}`)},
			{Op: "applicant", Status: 200, Body: []byte(`{"id":"1","type":"company",` + tt.applicant + `,"review":{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"}}}`)}}})
		got := ""
		if c := o.Registered; c != nil {
			got = c.Name.Name + " " + c.IDs.AdditionalID + " " + c.Address.Country + " " + c.Address.Text
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: got %q, %v; want %q", what, got, err, tt.want)
		}
	}
}
