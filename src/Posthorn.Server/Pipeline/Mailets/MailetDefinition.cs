namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>What the compiler knows of a mailet.</summary>
/// <param name="Ends">Whether the mail's way always ends with it, so that nothing can follow and a processor can end so.</param>
/// <param name="Create">Makes it from what is written; null when that does not fit, which the binding was told.</param>
internal sealed record MailetDefinition(bool Ends, Func<MailetBinding, IMailet?> Create);
