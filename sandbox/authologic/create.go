package authologic

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/sandbox"
)

// request is the body of a create, with every field of the seed.
type request struct {
	UserKey     string            `json:"userKey"`
	ReturnURL   string            `json:"returnUrl"`
	CallbackURL string            `json:"callbackUrl"`
	Strategy    string            `json:"strategy"`
	LayoutURL   string            `json:"layoutUrl"`
	Settings    map[string]string `json:"settings"`
	Query       struct {
		Identity *struct {
			RequireOneOf [][]string `json:"requireOneOf"`
			Optional     []struct {
				List []string `json:"list"`
			} `json:"optional"`
		} `json:"identity"`
		AML *struct {
			Checks       []string  `json:"checks"`
			Subscription *struct{} `json:"subscription"`
			User         *amlUser  `json:"user"`
		} `json:"aml"`
		Verify *struct {
			User user `json:"user"`
		} `json:"verify"`
		Auth *struct {
			Challenge string `json:"challenge"`
		} `json:"auth"`
		Bank *struct {
			Type  string   `json:"type"`
			Flags []string `json:"flags"`
		} `json:"bankTransactions"`
	} `json:"query"`
	Hints struct {
		UserType  string `json:"userType"`
		Known     user   `json:"known"`
		Uncertain user   `json:"uncertain"`
	} `json:"hints"`
}

// amlUser is who to look for, in the later form.
type amlUser struct {
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	BirthDate   string `json:"birthDate"`
	Nationality string `json:"nationality"`
}

// user is a tree of claims; only what stories need is looked at, the rest is given back as it came.
type user struct {
	Person  jsontext.Value `json:"person,omitzero"`
	Company jsontext.Value `json:"company,omitzero"`
}

// contact is what the stories of a tree need.
type contact struct {
	Name struct {
		LastName string `json:"lastName"`
	} `json:"name"`
	Contact struct {
		Email string `json:"email"`
	} `json:"contact"`
}

func (u user) who() (c contact) {
	for _, v := range []jsontext.Value{u.Person, u.Company} {
		var x contact
		if len(v) > 0 && json.Unmarshal(v, &x) == nil && c.Contact.Email == "" {
			c = x
		}
	}
	return c
}

var (
	userKeys   = regexp.MustCompile(`^[a-zA-Z0-9\-_+=#@.:]{1,200}$`)
	strategies = regexp.MustCompile(`^[a-zA-Z]+:[a-zA-Z0-9\-_+:]+$`)
	lists      = []string{"PEP", "SANCTIONS", "ADVERSE_MEDIA", "SIP", "OTHER"}
	bankTypes  = []string{"", "CREDIT", "DEBIT", "ALL"}
	bankFlags  = []string{"INCLUDE_SCHEDULED", "INCLUDE_TAGS"}
)

// create makes a conversation. Nothing is idempotent: twice is two, and both are billed.
func (s *Sandbox) create(r *http.Request) answer {
	var q request
	if err := sandbox.ReadJSON(r.Body, maxBody, &q); err != nil {
		return wrong(http.StatusBadRequest, "", "JSON body has an illegal format")
	}
	if a := q.check(); a.status != 0 {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case q.Strategy != "" && !slices.Contains(s.config.Strategies, q.Strategy):
		return wrong(http.StatusForbidden, "", "Permission denied for strategy.")
	case s.config.Quota > 0 && s.made >= s.config.Quota:
		return wrong(http.StatusPaymentRequired, "", "The plan is exhausted")
	}
	s.made++
	if q.UserKey == "" {
		q.UserKey = s.stage.IDs.UUID()
	}
	c := &conversation{request: q, id: s.stage.IDs.UUID(), page: s.stage.IDs.UUID(), status: created, born: s.stage.Clock.Now()}
	c.url = s.base(r) + "/c/" + c.page
	c.story = sandbox.StoryOf(c.email())
	s.byID[c.id], s.byPage[c.page] = c, c
	s.stage.Ledger.Create("conversation.create", q.UserKey)
	s.begin(c)
	return found(c.view())
}

// check says what is wrong with a request.
func (q *request) check() answer {
	if q.UserKey != "" && !userKeys.MatchString(q.UserKey) {
		return invalid("userKey", "has characters that are not allowed")
	}
	if q.Strategy != "" && !strategies.MatchString(q.Strategy) {
		return invalid("strategy", "is not a strategy")
	}
	for field, v := range map[string]string{"returnUrl": q.ReturnURL, "callbackUrl": q.CallbackURL, "layoutUrl": q.LayoutURL} {
		if u, err := url.Parse(v); v != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return invalid(field, "is not an address")
		}
	}
	if q.Query.Identity == nil && q.Query.AML == nil && q.Query.Verify == nil && q.Query.Auth == nil && q.Query.Bank == nil {
		return invalid("query", "asks for nothing")
	}
	if i := q.Query.Identity; i != nil {
		for _, set := range i.RequireOneOf {
			for _, f := range set {
				if !fields[f] {
					return invalid("query.identity.requireOneOf", "has a field that does not exist")
				}
			}
		}
		for _, o := range i.Optional {
			for _, f := range o.List {
				if !fields[f] {
					return invalid("query.identity.optional", "has a field that does not exist")
				}
			}
		}
	}
	if a := q.Query.AML; a != nil {
		for _, l := range a.Checks {
			if !slices.Contains(lists, l) {
				return invalid("query.aml.checks", "has a list that does not exist")
			}
		}
		if q.userless() && a.User == nil && len(q.Hints.Known.Person) == 0 && len(q.Hints.Known.Company) == 0 {
			return invalid("query.aml", "nobody to look for: neither an identity nor a person is given")
		}
	}
	if b := q.Query.Bank; b != nil && (!slices.Contains(bankTypes, b.Type) || slices.ContainsFunc(b.Flags, func(f string) bool { return !slices.Contains(bankFlags, f) })) {
		return invalid("query.bankTransactions", "has a type or a flag that does not exist")
	}
	if t := q.Hints.UserType; t != "" && t != "PERSON" && t != "COMPANY" {
		return invalid("hints.userType", "is neither PERSON nor COMPANY")
	}
	return answer{}
}

// userless says that nobody has to go to a page.
func (q *request) userless() bool {
	return q.Query.Identity == nil && q.Query.Verify == nil && q.Query.Auth == nil && q.Query.Bank == nil
}

// claims is the tree of what is known of the user: the hints, of both kinds together, else what is to be verified.
func (q *request) claims() user {
	u := user{Person: together(q.Hints.Known.Person, q.Hints.Uncertain.Person), Company: together(q.Hints.Known.Company, q.Hints.Uncertain.Company)}
	if v := q.Query.Verify; v != nil && len(u.Person) == 0 && len(u.Company) == 0 {
		return v.User
	}
	return u
}

// together is a tree with the members of two; of one that both have, the first counts.
func together(a, b jsontext.Value) jsontext.Value {
	if len(a) == 0 || len(b) == 0 {
		return append(a.Clone(), b...)
	}
	m := map[string]jsontext.Value{}
	if json.Unmarshal(b, &m) != nil || json.Unmarshal(a, &m) != nil {
		return a
	}
	out, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		return a
	}
	return out
}

// email is where the story is told.
func (q *request) email() string {
	if e := q.claims().who().Contact.Email; e != "" {
		return e
	}
	return q.Settings["personContactEmailForOTP"]
}

// fields are the names that requireOneOf and optional take.
var fields = func() map[string]bool {
	m := map[string]bool{"PERSON_IDS_NATIONAL_ID": true, "PERSON_IDS_ACCOUNTS": true, "PERSON_ADDRESS": true, "COMPANY_ADDRESS": true, "PERSON_IDS_IDCARD_TYPE": true, "COMPANY_IDS_ACCOUNTS": true}
	for prefix, names := range map[string]string{
		"PERSON_NAME_":                 "FIRSTNAME LASTNAME MIDDLE_INITIAL MIDDLENAME FULLNAME MOTHER_NAME FATHER_NAME SPELLING",
		"PERSON_IDS_IDCARD_":           "ID ISSUE_DATE EXPIRY_DATE PHOTO ISSUE_COUNTRY ISSUER",
		"PERSON_IDS_PASSPORT_":         "ID ISSUE_DATE EXPIRY_DATE PHOTO ISSUE_COUNTRY ISSUER",
		"PERSON_IDS_DRIVER_LICENCE_":   "ID ISSUE_DATE EXPIRY_DATE ISSUE_COUNTRY ISSUER PHOTO ISSUE_STATE CATEGORIES ADDITIONAL_ID LIMITATIONS DOCUMENT_STATUS",
		"PERSON_IDS_RESIDENCE_PERMIT_": "ID TYPE ISSUE_DATE EXPIRY_DATE PHOTO ISSUE_COUNTRY ISSUER",
		"PERSON_IDS_OTHER_DOCUMENT_":   "ID DESCRIPTION ISSUE_DATE EXPIRY_DATE ISSUE_COUNTRY ISSUER PHOTO",
		"PERSON_INFO_":                 "GENDER NATIONALITY BIRTHDATE BIRTH_CITY BIRTH_COUNTRY AGE FOREIGNER_STATUS",
		"PERSON_CONTACT_":              "EMAIL PHONE EMAIL_OTP PHONE_OTP",
		"COMPANY_":                     "NAME_NAME IDS_TAX_ID IDS_ADDITIONAL_ID CONTACT_EMAIL CONTACT_PHONE",
	} {
		for name := range strings.FieldsSeq(names) {
			m[prefix+name] = true
		}
	}
	return m
}()

// stamp writes a time as the vendor does: nanoseconds and a zone.
func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000000Z07:00") }
