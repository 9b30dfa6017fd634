namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>Knows where a recipient's mail goes on this server.</summary>
public interface IAddressBook
{
    /// <summary>Where mail for an address goes: a queue, other addresses, nowhere (a local domain without such a user), or another host.</summary>
    AddressRoute Resolve(string address);
}
