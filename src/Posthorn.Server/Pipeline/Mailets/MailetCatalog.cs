using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>Every mailet a rule can use: the built-in ones (<see cref="BuiltInMailets"/>) and those registered by the program.</summary>
internal sealed class MailetCatalog
{
    private readonly Dictionary<string, MailetDefinition> _byName = new(BuiltInMailets.All, StringComparer.Ordinal);

    public MailetCatalog(IEnumerable<MailetRegistration> registrations)
    {
        foreach (var registration in registrations)
        {
            if (RuleKeys.All.Contains(registration.Name) || !_byName.TryAdd(registration.Name, new MailetDefinition(Ends: false, b => Make(registration, b))))
                throw new ArgumentException($"There is a key '{registration.Name}' in rules already.", nameof(registrations));
        }
    }

    public IReadOnlyCollection<string> Names => _byName.Keys;

    public MailetDefinition? this[string name] => _byName.GetValueOrDefault(name);

    private static IMailet? Make(MailetRegistration registration, MailetBinding binding)
    {
        binding.LeadsAnywhere = true;
        try
        {
            return registration.Create(binding.Services, binding.Value);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            binding.Refuse(e.Message);
            return null;
        }
    }
}
