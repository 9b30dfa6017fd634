namespace Posthorn.Simulation.World;

/// <summary>A broken invariant, and the history that breaks it.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="Invariant">Which one.</param>
/// <param name="Message">What was found.</param>
/// <param name="Begun">The steps that had begun.</param>
public sealed record Finding(Scenario Scenario, string Invariant, string Message, IReadOnlySet<int> Begun);
