namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>
/// Marks an endpoint that any account may use, with queues of its own only (the one of its name and those below it).
/// Every other endpoint is for administrators.
/// </summary>
internal sealed class OpenToAccounts
{
    public static OpenToAccounts Marker { get; } = new();
}
