namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>The right of a lane to lease.</summary>
/// <param name="Count">How many messages at most.</param>
/// <param name="IsProbe">Whether it tries a paused endpoint.</param>
/// <param name="Closing">Ends the right: the endpoint failed, or an administrator paused the webhook.</param>
internal sealed record Permit(int Count, bool IsProbe, CancellationToken Closing);
