namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>A lane at one moment.</summary>
/// <param name="Endpoint">Where its messages go.</param>
/// <param name="State">What is the matter with the endpoint.</param>
/// <param name="RestUntil">Until when the endpoint asked to be left alone; in the past when it did not.</param>
/// <param name="InFlight">Calls under way.</param>
internal sealed record LaneStatus(string Endpoint, LaneState State, DateTimeOffset RestUntil, int InFlight);
