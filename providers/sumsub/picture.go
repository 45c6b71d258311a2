package sumsub

import (
	"net/http"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// picture is one applicant as the vendor's answers show it, the later ones over the earlier ones.
type picture struct {
	status    string
	result    *result
	attempts  int
	reviewed  string
	steps     map[string]*step
	applicant *applicant
	screening *screening
	unlisted  bool // screening was asked for and there is no case
	refused   []upload
	link      string
	linkUntil time.Time
}

// result is a verdict: of an applicant, a step or a picture. The vendor's comment for its client is not read: it may
// expose private facts.
type result struct {
	ReviewAnswer      string   `json:"reviewAnswer"`
	ReviewRejectType  string   `json:"reviewRejectType"`
	RejectLabels      []string `json:"rejectLabels"`
	ModerationComment string   `json:"moderationComment"`
}

type review struct {
	AttemptCnt   int     `json:"attemptCnt"`
	CreateDate   string  `json:"createDate"`
	ReviewDate   string  `json:"reviewDate"`
	ReviewStatus string  `json:"reviewStatus"`
	ReviewResult *result `json:"reviewResult"`
}

// step is what was handed in for one part of a level, and what came of it. The first image is the front.
type step struct {
	ReviewResult       *result            `json:"reviewResult"`
	IDDocType          string             `json:"idDocType"`
	ImageIDs           []int64            `json:"imageIds"`
	ImageReviewResults map[string]*result `json:"imageReviewResults"` // by image id, as text
	DoubleSided        bool               `json:"doubleSided"`
}

type applicant struct {
	ID                string         `json:"id"`
	Type              string         `json:"type"`
	ApplicantPlatform string         `json:"applicantPlatform"`
	Email             string         `json:"email"`
	Phone             string         `json:"phone"`
	Info              info           `json:"info"`
	FixedInfo         info           `json:"fixedInfo"`
	RequiredIDDocs    required       `json:"requiredIdDocs"`
	Review            review         `json:"review"`
	RiskLabels        map[string]any `json:"riskLabels"` // groups of words, among other things
}

type required struct {
	DocSets []struct {
		IDDocSetType string   `json:"idDocSetType"`
		Types        []string `json:"types"`
	} `json:"docSets"`
}

// upload is a document as the vendor has taken it in.
type upload struct {
	IDDocType string   `json:"idDocType"`
	Errors    []string `json:"errors"`
}

// The operations of our exchanges. One about a person of a business has the person's reference after a colon.
const (
	opCreate   = "create"
	opFind     = "find"
	opDocument = "document"
	opCorrect  = "correct"
	opPerson   = "beneficiary"
	opCheck    = "pending"
	opLink     = "link"
	opStatus   = "status"
	opSteps    = "steps"
	opRead     = "applicant"
	opAML      = "aml"
	opErase    = "erase"
)

// assemble reads the exchanges of a reply, by the reference of the person they are about. The subject's is "".
func assemble(r providers.Reply) (map[string]*picture, error) {
	pictures := map[string]*picture{}
	for _, e := range r.Exchanges {
		op, person, _ := strings.Cut(e.Op, ":")
		p := pictures[person]
		if p == nil {
			p = new(picture)
			pictures[person] = p
		}
		if !p.add(op, e, r.At) {
			return nil, fault.New(fault.Malformed, readOperation, "an answer is not what the vendor documents")
		}
	}
	return pictures, nil
}

// add adds one exchange, and reports whether it can be read.
func (p *picture) add(op string, e providers.Exchange, at time.Time) bool {
	if e.Status < 200 || e.Status > 299 {
		p.unlisted = p.unlisted || op == opAML && e.Status == http.StatusNotFound
		if op == opCheck && errorOf(e.Body).ErrorCode == codeBusy {
			p.status, p.result = "pending", nil
		}
		return true
	}
	switch op {
	case opCreate, opFind, opRead:
		a := new(applicant)
		if !decode(e.Body, a) {
			return false
		}
		p.applicant = a
		if op == opRead && p.status != "" {
			p.confirm(a.Review)
			return a.Review.ReviewStatus != ""
		}
		return p.adopt(a.Review)
	case opStatus:
		var v review
		return decode(e.Body, &v) && p.adopt(v)
	case opSteps:
		p.steps = nil
		return decode(e.Body, &p.steps) && p.steps != nil
	case opDocument:
		var u upload
		if !decode(e.Body, &u) {
			return false
		}
		if len(u.Errors) > 0 {
			p.refused = append(p.refused, u)
		}
	case opCheck:
		p.status, p.result = "pending", nil
	case opLink:
		var l struct {
			URL string `json:"url"`
		}
		if !decode(e.Body, &l) || l.URL == "" {
			return false
		}
		p.link, p.linkUntil = l.URL, sent(e, at).Add(linkLife)
	case opAML:
		p.screening = new(screening)
		return decode(e.Body, p.screening)
	}
	return true
}

// adopt takes over a review.
func (p *picture) adopt(v review) bool {
	if v.ReviewStatus == "" {
		return false
	}
	p.status, p.result, p.attempts, p.reviewed = v.ReviewStatus, v.ReviewResult, v.AttemptCnt, v.ReviewDate
	if v.ReviewStatus != completed || p.reviewed == "" {
		p.reviewed = v.CreateDate
	}
	return true
}

// confirm compares a review with the one that was read a moment before. If they differ, the steps that were read between
// them may belong to either: the review is still moving, and is asked for again.
func (p *picture) confirm(v review) {
	if v.ReviewStatus != p.status || p.result.verdict() != v.ReviewResult.verdict() {
		p.status, p.result = "pending", nil
	}
}

// verdict is what a result decides; "" for none.
func (r *result) verdict() string {
	if r == nil {
		return ""
	}
	return r.ReviewAnswer + " " + r.ReviewRejectType
}

// decode reads JSON of the vendor: a name counts exactly as it is written, and once; new names are welcome. The
// reason is not told: it may quote the vendor.
func decode(body []byte, v any) bool { return strictjson.Unmarshal(body, v) == nil }

// sent returns when the vendor sent an answer, by its own clock if it said so.
func sent(e providers.Exchange, at time.Time) time.Time {
	if t, err := http.ParseTime(e.Header["Date"]); err == nil {
		return t
	}
	return at
}

// observed returns the moment, by the vendor's clock, of which a reply tells. That clock shows whole seconds, and two
// attempts may end within one: the count of attempts keeps them in order.
func observed(r providers.Reply, p *picture) time.Time {
	at := r.At
	if t, err := parseTime(p.reviewed); err == nil {
		at = t
	}
	for _, e := range r.Exchanges {
		if t, err := http.ParseTime(e.Header["Date"]); err == nil {
			at = t
		}
	}
	return at.Add(time.Duration(min(max(p.attempts, 0), 999)) * time.Millisecond)
}

// parseTime reads a time in either of the layouts that the vendor mixes. One without a zone is UTC.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02 15:04:05-0700", s) // fractions of a second are accepted where they are written
	if err != nil {
		t, err = time.Parse("2006-01-02 15:04:05", s)
	}
	return t.UTC(), err
}
