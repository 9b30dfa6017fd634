namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>How a call ended, for its endpoint.</summary>
/// <param name="Verdict">What it says of the endpoint.</param>
/// <param name="Reason">Its answer in words.</param>
/// <param name="Rest">How long the endpoint wants to be left alone; null when it does not say.</param>
internal sealed record CallEnd(CallVerdict Verdict, string Reason, TimeSpan? Rest)
{
    /// <summary>Nothing was posted.</summary>
    public static CallEnd NoCall { get; } = new(CallVerdict.None, "", null);
}
