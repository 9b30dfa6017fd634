namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>A matcher of one's own: its name in conditions, and how it is made from the texts between its parentheses.</summary>
/// <param name="Name">Lower-case words with hyphens.</param>
/// <param name="Create">Throws <see cref="FormatException"/> or <see cref="ArgumentException"/> when the arguments do not fit; its message is shown with the place.</param>
public sealed record MatcherRegistration(string Name, Func<IServiceProvider, IReadOnlyList<string>, IMatcher> Create);
