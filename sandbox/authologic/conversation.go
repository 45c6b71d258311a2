package authologic

import (
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// The states of a conversation. None is a verdict.
const (
	created    = "CREATED"
	inProgress = "IN_PROGRESS"
	partial    = "PARTIAL"
	finished   = "FINISHED"
	canceled   = "CANCELED"
	expired    = "EXPIRED"
	failed     = "FAILED" // of a product
)

// conversation is one process with one user.
type conversation struct {
	request
	id, page, url string
	story         sandbox.Story
	status        string
	born          time.Time
	gone          bool
	products      map[string]map[string]any
	monitored     bool
	changed       time.Time // of the lists
	hits          []string  // the lists that the user is on
}

// over says that nothing of the conversation changes any more but its monitoring.
func (c *conversation) over() bool {
	return c.status == finished || c.status == canceled || c.status == expired
}

// view is a conversation as the vendor shows it.
func (c *conversation) view() map[string]any {
	result := map[string]any{}
	for name, p := range c.products {
		result[name] = p
	}
	return map[string]any{"id": c.id, "userKey": c.UserKey, "url": c.url, "status": c.status, "result": result}
}

// begin starts the products of a conversation; the lock is held, as in all of this file.
func (s *Sandbox) begin(c *conversation) {
	c.products = map[string]map[string]any{}
	for name, asked := range map[string]bool{
		"identity": c.Query.Identity != nil, "aml": c.Query.AML != nil, "verify": c.Query.Verify != nil, "auth": c.Query.Auth != nil, "bankTransactions": c.Query.Bank != nil,
	} {
		if asked {
			c.products[name] = map[string]any{"status": inProgress}
		}
	}
	if c.Query.Identity != nil {
		c.products["identity"]["user"] = map[string]any{}
	}
	if c.Query.AML != nil && c.Query.AML.Subscription != nil {
		c.monitored = true
		c.products["aml"]["subscription"] = map[string]any{"active": true}
	}
	if a := c.Query.Auth; a != nil && a.Challenge != "" { // no challenge is known: nobody has ever been here
		c.products["auth"] = map[string]any{"status": failed, "challenge": a.Challenge}
		s.end(c)
		return
	}
	switch {
	case c.userless() && c.story.Never:
	case c.userless() && c.story.Slow:
		s.after(sandbox.SlowDelay, func() { s.finish(c) })
	case c.userless():
		s.after(0, func() { s.finish(c) })
	default:
		s.after(s.config.Expiry, func() {
			if !c.over() {
				s.expire(c)
			}
		})
		if !s.config.Manual && !c.story.Never {
			wait := s.config.Visit
			if c.story.Slow {
				wait += sandbox.SlowDelay
			}
			s.after(wait, func() { s.visit(c) })
		}
	}
}

// page is where the user goes: a POST is somebody who does everything that is asked.
func (s *Sandbox) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.byPage[r.PathValue("page")]
	if c == nil {
		http.Error(w, "This page does not exist.", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPost {
		if r.URL.Query().Has("cancel") && !c.over() {
			c.status = canceled // nobody is told
		}
		s.visit(c)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("A page of the Authologic sandbox. POST here to do what is asked; POST ?cancel to stop.\n"))
}

// visit is the user at the page.
func (s *Sandbox) visit(c *conversation) {
	if c.status != created {
		return
	}
	c.status = inProgress
	s.after(s.config.Processing, func() { s.finish(c) })
}

// finish ends all products and then the conversation.
func (s *Sandbox) finish(c *conversation) {
	if c.over() {
		return
	}
	if c.Query.Identity != nil {
		c.products["identity"] = s.identity(c)
		if s.config.Between || c.story.Shuffle {
			c.status = partial
			s.tell(c, "CONVERSATION", "UPDATED")
		}
	}
	if c.Query.Verify != nil {
		c.products["verify"] = verified(c)
	}
	if c.Query.Auth != nil {
		c.products["auth"] = map[string]any{"status": finished, "token": sandbox.Fingerprint("auth", c.email())}
	}
	if c.Query.Bank != nil {
		c.products["bankTransactions"] = map[string]any{"status": finished}
	}
	if c.Query.AML != nil {
		s.screen(c)
	}
	s.end(c)
}

// end is the last step: FINISHED, whatever came of it.
func (s *Sandbox) end(c *conversation) {
	c.status = finished
	s.tell(c, "CONVERSATION", "FINISHED")
}

func (s *Sandbox) expire(c *conversation) {
	c.status = expired
	s.tell(c, "CONVERSATION", "EXPIRED")
}

// remove ends a conversation, or deletes what is known of a finished one.
func (s *Sandbox) remove(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	s.stage.Ledger.Other("conversation.delete")
	switch mode := r.URL.Query().Get("mode"); {
	case mode != "" && mode != "EXPIRE" && mode != "DELETE_DATA":
		return invalid("mode", "is neither EXPIRE nor DELETE_DATA")
	case mode == "DELETE_DATA" && !c.over():
		return wrong(http.StatusConflict, "ConversationNotYetFinished", "The conversation has not finished yet.")
	case mode == "DELETE_DATA" && c.monitored:
		return wrong(http.StatusConflict, "ActiveSubscriptionExists", "The conversation has an active subscription.")
	case mode == "DELETE_DATA":
		s.after(time.Second, func() { c.gone = true })
	case c.over():
		return wrong(http.StatusConflict, "ConversationAlreadyFinished", "The conversation has already finished.")
	default:
		s.after(time.Second, func() {
			if !c.over() {
				s.expire(c)
			}
		})
	}
	return answer{status: http.StatusAccepted}
}
