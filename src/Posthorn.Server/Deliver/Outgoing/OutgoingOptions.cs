namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>How mail for other hosts leaves.</summary>
public sealed record OutgoingOptions
{
}
