namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>The right of a lane to lease.</summary>
/// <param name="Count">How many messages at most.</param>
/// <param name="IsProbe">Whether it tries a paused endpoint.</param>
/// <param name="Era">When it was given: in another era it is good for nothing, because the endpoint failed, say, or an administrator paused the webhook.</param>
internal sealed record Permit(int Count, bool IsProbe, int Era);
