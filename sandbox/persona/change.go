package persona

import (
	"net/http"
	"slices"
)

// readInquiry is GET /inquiries/{id}.
func (s *Sandbox) readInquiry(c *call, i *inquiry) (reply, *refusal) {
	return reply{data: i.view(c.version), included: i.included(c)}, nil
}

// patch is PATCH /inquiries/{id}; no event is sent.
func (s *Sandbox) patch(c *call, i *inquiry) (reply, *refusal) {
	if !i.redacted.IsZero() {
		return reply{}, conflict("Inquiry already redacted")
	}
	if fields, ok := c.at("data", "attributes", "fields").(map[string]any); ok {
		for name, v := range fields {
			i.fields[name] = v
		}
	}
	if note, ok := c.at("data", "attributes", "note").(string); ok {
		i.note = note
	}
	i.updated = s.clock.Now()
	return s.readInquiry(c, i)
}

// redact is DELETE /inquiries/{id}: all personal data is gone, the states stay.
func (s *Sandbox) redact(c *call, i *inquiry) (reply, *refusal) {
	if !i.redacted.IsZero() {
		return reply{}, conflict("Inquiry already redacted")
	}
	i.redacted = s.clock.Now()
	i.updated = i.redacted
	for _, v := range i.verifications {
		v.redacted = i.redacted
	}
	for _, r := range i.reports {
		r.redacted = i.redacted
	}
	s.emit(i, "inquiry.redacted", i.view(s.config.WebhookVersion))
	return s.readInquiry(c, i)
}

// approve is POST …/approve. That it may follow a decline is assumed.
func (s *Sandbox) approve(c *call, i *inquiry) (reply, *refusal) {
	return s.decideBy(c, i, approved)
}

// decline is POST …/decline.
func (s *Sandbox) decline(c *call, i *inquiry) (reply, *refusal) {
	return s.decideBy(c, i, declined)
}

func (s *Sandbox) decideBy(c *call, i *inquiry, status string) (reply, *refusal) {
	if i.status == created || i.status == expired || !i.redacted.IsZero() {
		return reply{}, conflict("Inquiry cannot be decided in its state")
	}
	s.decide(i, status, "user", c.text("meta", "comment"))
	return s.readInquiry(c, i)
}

// markForReview is POST …/mark-for-review.
func (s *Sandbox) markForReview(c *call, i *inquiry) (reply, *refusal) {
	switch i.status {
	case completed, failed, pending, needsReview:
	default:
		return reply{}, conflict("Inquiry cannot be marked for review in its state")
	}
	s.decide(i, needsReview, "user", "")
	return s.readInquiry(c, i)
}

func (s *Sandbox) addTag(c *call, i *inquiry) (reply, *refusal) {
	name := c.text("meta", "tag-name")
	if name == "" {
		return reply{}, bad("meta.tag-name is missing")
	}
	if !slices.Contains(i.tags, name) {
		i.tags = append(i.tags, name)
	}
	return s.readInquiry(c, i)
}

// setTags is POST …/set-tags: these and no others.
func (s *Sandbox) setTags(c *call, i *inquiry) (reply, *refusal) {
	names, ok := c.at("meta", "tag-name").([]any)
	if !ok {
		return reply{}, bad("meta.tag-name must be a list")
	}
	i.tags = nil
	for _, v := range names {
		if name, ok := v.(string); ok {
			i.tags = append(i.tags, name)
		}
	}
	return s.readInquiry(c, i)
}

func (s *Sandbox) removeTag(c *call, i *inquiry) (reply, *refusal) {
	name := c.text("meta", "tag-name")
	n := slices.Index(i.tags, name)
	if n < 0 {
		return reply{}, plain(http.StatusNotFound, "no such tag")
	}
	i.tags = slices.Delete(i.tags, n, n+1)
	return s.readInquiry(c, i)
}
