namespace Posthorn.Server.Deliver.Topics.Endpoints;

/// <summary>What came of a post to an endpoint.</summary>
/// <param name="IsDone">It was taken.</param>
/// <param name="IsTransient">It was not, and another time it may be.</param>
/// <param name="Code">The HTTP status, or a word for why there was none.</param>
/// <param name="Reason">For people.</param>
internal sealed record EndpointAnswer(bool IsDone, bool IsTransient, string Code, string Reason);
