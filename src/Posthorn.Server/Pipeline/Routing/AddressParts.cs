namespace Posthorn.Server.Pipeline.Routing;

/// <summary>The two parts of an address.</summary>
internal static class AddressParts
{
    /// <summary>What follows the last <c>@</c> (a quoted local part may hold others); empty when there is none.</summary>
    public static string DomainOf(string address)
    {
        var at = address.LastIndexOf('@');
        return at < 0 ? "" : address[(at + 1)..];
    }

    public static string LocalPartOf(string address)
    {
        var at = address.LastIndexOf('@');
        return at < 0 ? address : address[..at];
    }
}
