package authologic

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Erase ends the monitoring and has the data of the conversation deleted; one that still runs is ended.
func (c *client) Erase(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r, "authologic.erase")
	if err != nil {
		return providers.Reply{}, err
	}
	if t.at.Watched {
		// 404 and 400 say that nothing is watched any more.
		call := vendorhttp.Call{Op: "unsubscribe", Method: http.MethodDelete, Path: "/api/subscriptions/" + url.PathEscape(t.at.ID) + "/aml", Repeatable: true}
		if err := t.unless(ctx, call, http.StatusNotFound, http.StatusBadRequest, http.StatusGone); err != nil {
			return t.end(err)
		}
	}
	for _, mode := range []string{"EXPIRE", "DELETE_DATA"} { // 409: it has ended already; or it has not yet, and its end deletes nothing
		call := vendorhttp.Call{Op: "erase", Method: http.MethodDelete, Path: t.path(""), Query: url.Values{"mode": {mode}}, Repeatable: true}
		if err := t.unless(ctx, call, http.StatusConflict, http.StatusNotFound, http.StatusGone); err != nil {
			return t.end(err)
		}
	}
	return t.end(nil)
}

// unless makes a call for which some refusals mean that it is done.
func (t *talk) unless(ctx context.Context, call vendorhttp.Call, done ...int) error {
	res, err := t.do(ctx, call)
	if err != nil && slices.Contains(done, res.Status) {
		return nil
	}
	return err
}
