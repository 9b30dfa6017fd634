namespace Posthorn.Server.Deliver.Webhooks;

// Of several nodes one posts to an endpoint, so that its calls at once, its rate and its circuit hold for all nodes together.
internal sealed partial class WebhookLane
{
    /// <summary>The cluster has changed: the endpoint may have come to this node, or gone to another one.</summary>
    public void Review() => Change(() =>
    {
        var (was, isOwn) = (_isOwn, IsOwn(webhook, endpoint, parts));
        _isOwn = isOwn;
        // What was the matter when another node kept it is kept with the webhook; while something of this node's is unsaved, that is newer.
        if (isOwn && !was && !_isUnsaved && !_isSaving)
            (_circuit, _isProbing) = (new Circuit(webhook, parts.States.Find(webhook.Name, endpoint), parts.Random), false);
        return was && !isOwn;
    });

    private static bool IsOwn(WebhookOptions webhook, string endpoint, LaneParts parts) => parts.Cluster.View.IsOwn($"webhook/{webhook.Name}/{endpoint}");
}
