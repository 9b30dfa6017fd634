using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>A mailet of one's own: its key in rules, and how it is made from what is written there.</summary>
/// <param name="Name">Lower-case words with hyphens.</param>
/// <param name="Create">Throws <see cref="FormatException"/> or <see cref="ArgumentException"/> when the value does not fit; its message is shown with the place.</param>
public sealed record MailetRegistration(string Name, Func<IServiceProvider, ConfigNode, IMailet> Create);
