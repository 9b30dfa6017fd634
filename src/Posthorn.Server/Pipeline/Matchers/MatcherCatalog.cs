using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>Every name that a condition can use: the built-in ones (<see cref="BuiltInMatchers"/>) and those registered by the program.</summary>
internal sealed class MatcherCatalog
{
    private readonly Dictionary<string, Func<MatcherArguments, Property>> _byName = new(BuiltInMatchers.All, StringComparer.Ordinal);

    public MatcherCatalog(IEnumerable<MatcherRegistration> registrations)
    {
        foreach (var registration in registrations)
        {
            if (!_byName.TryAdd(registration.Name, arguments => Make(registration, arguments)))
                throw new ArgumentException($"There is a matcher '{registration.Name}' already.", nameof(registrations));
        }
    }

    public IReadOnlyCollection<string> Names => _byName.Keys;

    public bool TryGet(string name, out Func<MatcherArguments, Property> bind) => _byName.TryGetValue(name, out bind!);

    private static FlagProperty Make(MatcherRegistration registration, MatcherArguments arguments)
    {
        try
        {
            return new FlagProperty(new UserMatcher(registration.Create(arguments.Services, arguments.All.Select(a => a.Text).ToArray())));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw arguments.Refuse($"'{registration.Name}' refuses this: {e.Message}");
        }
    }
}
