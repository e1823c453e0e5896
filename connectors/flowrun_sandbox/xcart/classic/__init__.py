"""The REST API add-on of X-Cart 5.0 to 5.4, over the same shop as the 5.5 admin API.

One door, ``/admin.php?target=RESTAPI``, every table behind it, and success is always 200.
"""
