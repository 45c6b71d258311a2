package persona

import "github.com/bonafide-id/bonafide/providers"

// reader is one reading.
type reader struct {
	at      ref
	inquiry inquiry
	tried   []attempt // every attempt of every type, as listed
	reports []report
	missing bool // something that is listed did not come
	linked  bool // the last answer is a new link
	news    bool // a list has a match that whoever decided the inquiry had not seen
	out     providers.Outcome
}

// newReader gathers what a reply holds. The last inquiry in it says how things are.
func newReader(at ref, exchanges []providers.Exchange) (*reader, error) {
	v := &reader{at: at}
	things := map[string]resource{}
	for _, e := range exchanges {
		if e.Status < 200 || e.Status > 299 {
			continue
		}
		v.linked = e.Op == opLink
		switch e.Op {
		case opCreate, opInquiry, opLink, opResume, opConclude:
			doc, err := parseDocument(e.Body)
			if err != nil {
				if e.Op == opLink { // its answer may be the link alone
					continue
				}
				return nil, err
			}
			v.inquiry = doc.inquiry
			for _, r := range doc.included {
				if doc.has(r.ID) {
					things[r.ID] = r
				}
			}
		case opVerification, opReport:
			r, err := parseResource(e.Body)
			if err != nil {
				return nil, err
			}
			things[r.ID] = r
		}
	}
	if v.inquiry.id == "" {
		if v.linked && at.Link != "" && at.ID != "" {
			v.inquiry = inquiry{id: at.ID, Status: created}
			return v, nil
		}
		return nil, malformed("the reply holds no inquiry")
	}
	return v, v.gather(things)
}

// gather reads what belongs to the inquiry.
func (v *reader) gather(things map[string]resource) error {
	for _, one := range v.inquiry.verifications {
		r, ok := things[one.ID]
		if !ok {
			v.missing = true
			continue
		}
		a, err := r.attempt()
		if err != nil {
			return err
		}
		v.tried = append(v.tried, a)
	}
	for _, one := range v.inquiry.reports {
		r, ok := things[one.ID]
		if !ok {
			v.missing = true
			continue
		}
		a, err := r.report()
		if err != nil {
			return err
		}
		v.reports = append(v.reports, a)
	}
	return nil
}
