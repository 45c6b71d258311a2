package opensanctions

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// Where the confidence of a clean answer comes from, and when a hit is sure: see the package's comment.
const (
	cleanExact = 98
	cleanNamed = 95
	sure       = 0.95
)

// answer is the vendor's answer: one response for each query.
type answer struct {
	Responses map[string]*response `json:"responses"`
}

type response struct {
	Status  int    `json:"status"`
	Results *[]hit `json:"results"`
	Total   struct {
		Relation string `json:"relation"`
	} `json:"total"`
}

// complete says that the response is one: an empty list counts only in an answer that is whole.
func (r *response) complete(out *providers.Outcome) bool {
	if r == nil || r.Status != 200 || r.Results == nil {
		return false
	}
	if !relations[r.Total.Relation] {
		out.Unknown = append(out.Unknown, "relation:"+r.Total.Relation)
		return false
	}
	return true
}

// hit is somebody on a list who may be meant. What decides is asked for by pointer: a member that is not there is no "no".
type hit struct {
	Score      *float64 `json:"score"`
	Match      *bool    `json:"match"`
	Properties struct {
		Topics []string `json:"topics"`
	} `json:"properties"`
}

// Read says what a search found: of the subject "aml", and "aml" with their reference of each associated person. Nobody
// who was asked about is forgotten: without a response they are unknown.
func Read(r providers.Reply) (providers.Outcome, error) {
	var at ref
	if err := json.Unmarshal(r.Ref, &at); err != nil || len(at.Asked) == 0 {
		return providers.Outcome{}, fault.New(fault.Malformed, "opensanctions.read", "the reference cannot be read")
	}
	if len(r.Exchanges) == 0 || r.Exchanges[len(r.Exchanges)-1].Status != 200 {
		return providers.Outcome{}, fault.New(fault.Malformed, "opensanctions.read", "the reply holds no answer")
	}
	var a answer
	if err := strictjson.Unmarshal(r.Exchanges[len(r.Exchanges)-1].Body, &a); err != nil {
		return providers.Outcome{}, fault.Wrap(fault.Malformed, "opensanctions.read", err)
	}
	if a.Responses == nil {
		return providers.Outcome{}, fault.New(fault.Malformed, "opensanctions.read", "the reply holds no responses")
	}
	out := providers.Outcome{Status: "completed", ObservedAt: r.At}
	for _, q := range at.Asked {
		f := providers.Finding{Component: "aml", Result: "unknown", Reasons: []string{"inconclusive"}}
		if res := a.Responses[q.Query]; res.complete(&out) {
			f = weigh(*res.Results, q.Exact, &out)
		}
		f.Person, _ = strings.CutPrefix(q.Query, personQuery)
		if q.Query == subjectQuery {
			f.Person = ""
		}
		f.Reasoning = says(f.Result)
		out.Findings = append(out.Findings, f)
	}
	return out, nil
}

// weigh sums up the hits of one query: the worst counts, with the best score that it has.
func weigh(hits []hit, exact bool, out *providers.Outcome) providers.Finding {
	f := providers.Finding{Component: "aml", Result: "true", Confidence: cleanNamed}
	if exact {
		f.Confidence = cleanExact
	}
	for _, h := range hits {
		switch {
		case h.Match == nil || h.Score == nil || !(*h.Score >= 0 && *h.Score <= 1):
			out.Unknown = append(out.Unknown, "hit:incomplete")
			h.weigh(&f, false, 0, out)
		case *h.Match:
			h.weigh(&f, *h.Score >= sure, *h.Score*100, out)
		}
	}
	return f
}

// weigh lets a hit count.
func (h hit) weigh(f *providers.Finding, certain bool, confidence float64, out *providers.Outcome) {
	worst, codes := harmless, []string(nil)
	for _, word := range h.Properties.Topics {
		t, known := topics[word]
		if !known {
			out.Unknown = append(out.Unknown, "topic:"+word)
			t = topic{care, "vendor_word_unknown"}
		}
		if t.code != "" && !slices.Contains(codes, t.code) {
			codes = append(codes, t.code)
		}
		worst = max(worst, t.weight)
	}
	if len(h.Properties.Topics) == 0 { // on a list that does not say why
		worst, codes = care, []string{"possible_list_match"}
	}
	result := "flagged"
	switch {
	case worst == harmless:
		return
	case worst == forbids && certain:
		result = "false"
	}
	switch {
	case f.Result == "true" || result == "false" && f.Result == "flagged":
		f.Result, f.Confidence = result, confidence
	case f.Result == result:
		f.Confidence = max(f.Confidence, confidence)
	}
	for _, c := range codes {
		if !slices.Contains(f.Reasons, c) {
			f.Reasons = append(f.Reasons, c)
		}
	}
	for _, word := range h.Properties.Topics {
		if _, known := topics[word]; known && !slices.Contains(f.Labels, word) {
			f.Labels = append(f.Labels, word)
		}
	}
}
